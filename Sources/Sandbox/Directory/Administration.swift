import Foundation

/// Routes for whoever runs the sandbox from another process. No token: the directory listens on loopback only.
///
/// | route | body | answer |
/// | --- | --- | --- |
/// | `GET /_sandbox/state` | - | `{"users":[SCIM user…],"groups":[{"id","displayName","externalId"?,"members":[…]}],`  |
/// | | | `"requests":{"PATCH /Groups/{id} 204":3,…},"violations":[{"kind","request"}],` |
/// | | | `"busiest":{"reads","writes","members"}}`: the most in any second; members as externalIds |
/// | `GET /_sandbox/journal` | - | `[{"direction","group","user","effective"}…]`, in order |
/// | `POST /_sandbox/faults` | `FaultPlan` as JSON | 204 |
/// | `POST /_sandbox/throttles` | `Throttles` as JSON; an absent key is no limit | 204 |
/// | `POST /_sandbox/removals` | `"aws"`, `"rfc"`, … of `RemoveBehaviour` as JSON | 204 |
/// | `POST /_sandbox/seed` | `{"users":[SeedUser…],"groups":[SeedGroup…]}` | 204, or 409 with the item at fault |
/// | `POST /_sandbox/reset` | - | 204; users, groups, faults and counters are gone |
///
/// A body that cannot be read is 400; none of these is counted, throttled, or met by faults.
extension DirectoryCore {
    private struct Seed: Decodable {
        var users: [SeedUser]?
        var groups: [SeedGroup]?
    }

    /// Answers a request below `/_sandbox/`; nil for all others.
    mutating func administer(_ request: DirectoryRequest) -> DirectoryResponse? {
        guard request.target.hasPrefix("/_sandbox/") else { return nil }
        let body = Data(request.body)
        let done = DirectoryResponse(status: 204)
        do {
            switch (request.method, request.target) {
            case ("GET", "/_sandbox/state"): return DirectoryResponse(status: 200, json: state)
            case ("GET", "/_sandbox/journal"): return DirectoryResponse(status: 200, json: journal)
            case ("POST", "/_sandbox/faults"): misbehave(try JSONDecoder().decode(FaultPlan.self, from: body))
            case ("POST", "/_sandbox/throttles"):
                settings.throttles = try JSONDecoder().decode(Throttles.self, from: body)
            case ("POST", "/_sandbox/removals"):
                settings.removals = try JSONDecoder().decode(RemoveBehaviour.self, from: body)
            case ("POST", "/_sandbox/seed"):
                let wanted = try JSONDecoder().decode(Seed.self, from: body)
                try seed(users: wanted.users ?? [], groups: wanted.groups ?? [], now: now)
            case ("POST", "/_sandbox/reset"): reset()
            default: return DirectoryResponse(status: 404)
            }
            return done
        } catch let error as SeedError {
            return DirectoryResponse(status: 409, json: .object([("error", .string("\(error)"))]))
        } catch {
            return DirectoryResponse(status: 400, json: .object([("error", .string("\(error)"))]))
        }
    }

    private var state: JSONText {
        let shown = groups.all.map { group in
            let members = group.members.map { users[$0]?.externalId ?? $0 }.sorted()
            var attributes: [(String, JSONText)] = [
                ("id", .string(group.id)), ("displayName", .string(group.displayName)),
            ]
            if let externalId = group.externalId { attributes.append(("externalId", .string(externalId))) }
            attributes.append(("members", .array(members.map(JSONText.string))))
            return JSONText.object(attributes)
        }
        let requests = record.requests.sorted { $0.key < $1.key }.map { ($0.key, JSONText.number(Int64($0.value))) }
        let violations = record.violations.map { violation in
            JSONText.object([
                ("kind", .string(violation.kind.rawValue)), ("request", .string(violation.request)),
            ])
        }
        return .object([
            ("users", .array(users.all.map(\.json))), ("groups", .array(shown)),
            ("requests", .object(requests)), ("violations", .array(violations)),
            (
                "busiest",
                .object([
                    ("reads", .number(Int64(record.mostReads))), ("writes", .number(Int64(record.mostWrites))),
                    ("members", .number(Int64(record.mostMemberChanges))),
                ])
            ),
        ])
    }

    private var journal: JSONText {
        .array(
            record.journal.map { change in
                .object([
                    ("direction", .string(change.direction.rawValue)), ("group", .string(change.group)),
                    ("user", .string(change.user)), ("effective", .boolean(change.effective)),
                ])
            }
        )
    }
}
