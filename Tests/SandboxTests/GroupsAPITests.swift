import Foundation
import Sandbox
import Testing

/// The simulated Groups API keeps to what Okta documents, read here with nothing but Foundation.
struct GroupsAPITests {
    private let now: Int64 = 1_790_000_000_000_000_000

    private static func org(users: Int, groups: Int) -> OrgCore {
        var org = OrgCore()
        for number in 0..<users { org.create(user: "00u\(number)", login: "u\(number)@example.com") }
        for group in 0..<groups {
            org.create(group: "00g\(group)", name: "AWS_\(group)", type: group == 1 ? .app : .okta)
            for number in 0..<users { org.set("00u\(number)", in: "00g\(group)", true) }
        }
        return org
    }

    private func ask(_ core: inout OktaCore, _ target: String, token: String = "sandbox-okta-token")
        -> DirectoryResponse
    {
        core.receive(
            DirectoryRequest(
                method: "GET",
                target: target,
                headers: [("Authorization", "SSWS \(token)"), ("Host", "example.okta.com")]
            ),
            now: now
        )
    }

    private func objects(_ response: DirectoryResponse) throws -> [[String: Any]] {
        try JSONSerialization.jsonObject(with: Data(response.body)) as? [[String: Any]] ?? []
    }

    private func next(_ response: DirectoryResponse) -> String? {
        response.headers.filter { $0.name == "Link" }
            .compactMap { $0.value.firstMatch(of: /^<http:\/\/example.okta.com([^>]*)>; rel="next"$/)?.1 }.first
            .map(String.init)
    }

    /// Follows the links to the end.
    private func walk(_ core: inout OktaCore, _ target: String) throws -> (ids: [String], pages: Int) {
        var ids: [String] = []
        var (at, pages): (String?, Int) = (target, 0)
        while let target = at {
            let page = ask(&core, target)
            #expect(page.status == 200 && page.headers.contains { $0.name == "Date" })
            ids += try objects(page).compactMap { $0["id"] as? String }
            (at, pages) = (next(page), pages + 1)
        }
        return (ids, pages)
    }

    @Test func `groups and members come page by page, each once, and the last page has no next`() throws {
        var core = OktaCore(Self.org(users: 25, groups: 7))
        let groups = try walk(&core, "/api/v1/groups?limit=3")
        #expect(groups.ids == (0..<7).map { "00g\($0)" } && groups.pages == 3)
        let members = try walk(&core, "/api/v1/groups/00g3/users?limit=5")
        #expect(Set(members.ids) == Set((0..<25).map { "00u\($0)" }) && members.ids.count == 25 && members.pages == 5)
    }

    @Test func `a group tells its name and type, and members are told whatever their status`() throws {
        var core = OktaCore(Self.org(users: 3, groups: 2))
        core.org.set(.suspended, of: "00u0", at: now)
        core.org.set(.deprovisioned, of: "00u1", at: now)
        core.org.rename(group: "00g1", to: "AWS_Zürich \"x\"", at: now)
        let groups = try objects(ask(&core, "/api/v1/groups"))
        #expect(groups.map { $0["type"] as? String } == ["OKTA_GROUP", "APP_GROUP"])
        #expect((groups[1]["profile"] as? [String: Any])?["name"] as? String == "AWS_Zürich \"x\"")
        #expect(groups[1]["lastUpdated"] as? String == "2026-09-21T14:13:20.000Z")
        let members = try objects(ask(&core, "/api/v1/groups/00g1/users"))
        #expect(members.map { $0["status"] as? String } == ["SUSPENDED", "DEPROVISIONED", "ACTIVE"])
        #expect((members[2]["profile"] as? [String: Any])?["login"] as? String == "u2@example.com")
    }

    @Test func `a group that is gone, a wrong token, and what is not simulated are refused`() {
        var core = OktaCore(Self.org(users: 1, groups: 1))
        core.org.delete(group: "00g0")
        for target in ["/api/v1/groups/00g0", "/api/v1/groups/00g0/users", "/api/v1/groups/00g0/apps"] {
            let gone = ask(&core, target)
            #expect(gone.status == 404 && String(decoding: gone.body, as: UTF8.self).contains("E0000007"))
        }
        #expect(ask(&core, "/api/v1/groups", token: "other").status == 401)
        #expect(ask(&core, "/api/v1/groups?search=x").status == 400)
        #expect(ask(&core, "/api/v1/groups?limit=10001").status == 400)
    }

    @Test func `each bucket has its own window`() {
        var settings = OktaSettings()
        settings.requestsPerWindow = 2
        var core = OktaCore(Self.org(users: 1, groups: 1), settings: settings)
        func statuses(_ target: String) -> [Int] { (0..<3).map { _ in ask(&core, target).status } }
        #expect(statuses("/api/v1/groups") == [200, 200, 429])
        #expect(statuses("/api/v1/groups/00g0/users") == [200, 200, 429])
        #expect(statuses("/api/v1/logs") == [200, 200, 429])
        let refused = Dictionary(ask(&core, "/api/v1/groups/00g0").headers.map { ($0.name, $0.value) }) { $1 }
        #expect(refused["X-Rate-Limit-Remaining"] == "0" && refused["X-Rate-Limit-Reset"] == "1790000060")
        core.groups.faults = [.status(500, code: "E0000009")]
        core.groups.settings.requestsPerWindow = nil
        #expect(ask(&core, "/api/v1/groups").status == 500)
    }

    @Test func `the org of a generator holds its truth, and loses the memberships of the deleted`() {
        var generator = OktaGenerator(seed: 5)
        for _ in 0..<200 { _ = generator.change() }
        var org = OrgCore(generator)
        #expect(org.membership == generator.truth)
        #expect(org.users.count == generator.people.count)
        let person = generator.people[0].id
        org.delete(user: person)
        #expect(org.membership == generator.truth.mapValues { $0.subtracting([person]) })
    }
}
