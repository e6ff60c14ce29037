import Foundation
import HTTPTransport
import Testing

@testable import Dispatcher
@testable import SCIM

/// What a directory does to one request.
enum Fault: Hashable {
    case none
    case notSent
    case resetBefore
    case resetAfter
    case failBefore
    case failAfter
    case throttle(seconds: Int?)
    case unauthorized
    case refuse
    case redirect
}

/// A directory in memory with true membership, that counts what it is asked. It is used on the one thread of a
/// `VirtualTime` only, hence unchecked.
final class FakeDirectory: @unchecked Sendable {
    let time: VirtualTime
    let dialect: Dialect
    var users: [SCIMUser] = []
    var groups: [SCIMGroup] = []
    /// Members of each group, by id.
    var members: [String: Set<String>] = [:]
    /// What it makes of a removal.
    enum Removal { case exact, takesEverybody, ignored, refused(status: Int, scimType: String?) }

    /// A request with one of these is refused as a whole.
    var refused: Set<String> = []
    /// Whether a refusal names them.
    var namesRefused = false
    /// A request with one of these is answered with 500.
    var failing: Set<String> = []
    var removal = Removal.exact
    /// What is done to the next request; `path` is the group's id for a change, the name or id asked for otherwise.
    var fault: (_ path: String) -> Fault = { _ in .none }
    /// How long a request takes to arrive, and its answer to come back.
    var latency: () -> Int64 = { 1_000 }
    /// How much longer a request of this path takes, there and back.
    var slow: (_ path: String) -> Int64 = { _ in 0 }

    /// Requests that arrived, as (group, changed members).
    private(set) var changes: [(group: String, members: [String])] = []
    private(set) var lookups: [String] = []
    private(set) var inFlight: [String: Int] = [:]
    /// What was asked too early, or together; empty if all is well.
    private(set) var violations: [String] = []
    private var notBefore: Int64 = 0
    private(set) var pairsTouched: Set<[String]> = []

    init(_ time: VirtualTime, dialect: Dialect) {
        self.time = time
        self.dialect = dialect
    }

    /// Whether a user is in a group.
    func isMember(_ user: String, of group: String) -> Bool { members[group]?.contains(user) ?? false }

    // MARK: Changes

    /// The outcome of a request; `isAlive` says whether the sender still is.
    func send(_ request: SCIMRequest, isAlive: @Sendable () -> Bool) async -> SCIMOutcome {
        let start = time.now
        let group = String(request.path.dropFirst("/Groups/".count))
        if start < notBefore { violations.append("sent \(notBefore - start) us before Retry-After") }
        inFlight[group, default: 0] += 1
        if inFlight[group] != 1 { violations.append("two requests for group \(group)") }
        defer { inFlight[group, default: 0] -= 1 }
        var answer: Result<HTTPResponse, TransportError>
        do {
            try await time.sleep(latency() + 2 * slow(group))
            answer = isAlive() ? result(of: request, group: group) : .failure(Self.cancelled)
            try await time.sleep(latency())
            if case .success(let response) = answer { obey(response) }
        } catch {
            answer = .failure(Self.cancelled)
        }
        return SCIMOutcome(of: answer, duration: .microseconds(time.now - start), now: time.now)
    }

    private static let cancelled = TransportError(.cancelled, requestMayHaveArrived: true)

    private func result(of request: SCIMRequest, group: String) -> Result<HTTPResponse, TransportError> {
        switch fault(group) {
        case .none: return .success(apply(request, group: group))
        case .notSent: return .failure(TransportError(.couldNotConnect, requestMayHaveArrived: false))
        case .resetBefore: return .failure(TransportError(.connectionLost, requestMayHaveArrived: true))
        case .resetAfter:
            _ = apply(request, group: group)
            return .failure(TransportError(.connectionLost, requestMayHaveArrived: true))
        case .failBefore: return .success(HTTPResponse(status: 500))
        case .failAfter:
            _ = apply(request, group: group)
            return .success(HTTPResponse(status: 502))
        case .throttle(let seconds): return .success(throttled(seconds))
        case .unauthorized: return .success(HTTPResponse(status: 401))
        case .refuse: return .success(HTTPResponse(status: 400))
        case .redirect: return .success(HTTPResponse(status: 302))
        }
    }

    private func throttled(_ seconds: Int?) -> HTTPResponse {
        HTTPResponse(status: 429, headers: seconds.map { [(name: "Retry-After", value: "\($0)")] } ?? [])
    }

    /// From here on the other side knows how long to wait.
    private func obey(_ response: HTTPResponse) {
        guard let seconds = response.first("Retry-After").flatMap({ Int64($0) }) else { return }
        notBefore = max(notBefore, time.now + seconds * 1_000_000)
    }

    /// The next process cannot know what the one before was told.
    func forgetRetryAfter() { notBefore = 0 }

    private func apply(_ request: SCIMRequest, group: String) -> HTTPResponse {
        let (removed, added) = Self.parse(request)
        let all = removed + added
        changes.append((group, all))
        for member in all { pairsTouched.insert([group, member]) }
        if all.isEmpty || all.count > 100 || Set(all).count != all.count {
            violations.append("\(all.count) changes of \(Set(all).count) members")
        }
        guard groups.contains(where: { $0.id == group }) else { return HTTPResponse(status: 404) }
        let known = Set(users.map(\.id))
        if !known.isSuperset(of: all) { return HTTPResponse(status: 404) }
        let atFault = refused.intersection(all)
        if !atFault.isEmpty {
            return error(
                400,
                detail: namesRefused ? "Invalid: \(atFault.sorted().joined(separator: ", "))." : "Invalid."
            )
        }
        if !failing.isDisjoint(with: all) { return HTTPResponse(status: 500) }
        switch removal {
        case _ where removed.isEmpty: break
        case .exact: members[group, default: []].subtract(removed)
        case .takesEverybody: members[group] = []
        case .ignored: break
        case .refused(let status, let scimType): return error(status, scimType: scimType, detail: "No.")
        }
        members[group, default: []].formUnion(added)
        return HTTPResponse(status: 204)
    }

    private func error(_ status: Int, scimType: String? = nil, detail: String) -> HTTPResponse {
        let type = scimType.map { #""scimType":"\#($0)","# } ?? ""
        return HTTPResponse(
            status: status,
            headers: [(name: "Content-Type", value: "application/scim+json")],
            body: Array(#"{\#(type)"detail":"\#(detail)"}"#.utf8)
        )
    }

    /// The members that a request removes and adds, in either dialect.
    static func parse(_ request: SCIMRequest) -> (removed: [String], added: [String]) {
        var (removed, added): ([String], [String]) = ([], [])
        let body = try? JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any]
        for operation in body?["Operations"] as? [[String: Any]] ?? [] {
            let values = (operation["value"] as? [[String: String]] ?? []).compactMap { $0["value"] }
            let path = operation["path"] as? String ?? ""
            if operation["op"] as? String == "add" {
                added += values
            } else if let id = path.split(separator: "\"").dropFirst().first {
                removed.append(String(id))
            } else {
                removed += values
            }
        }
        return (removed, added)
    }

    // MARK: Lookups

    func find<Found>(
        _ words: String,
        among: () -> [Found]
    ) async throws(SCIMError) -> Lookup<Found> {
        if time.now < notBefore { violations.append("asked \(notBefore - time.now) us before Retry-After") }
        lookups.append(words)
        try? await time.sleep(latency() + 2 * slow(words))
        let kind: SCIMError.Kind? =
            switch fault(words) {
            case .none: nil
            case .notSent: .transport(TransportError(.couldNotConnect, requestMayHaveArrived: false))
            case .resetBefore, .resetAfter: .transport(TransportError(.connectionLost, requestMayHaveArrived: true))
            case .failBefore, .failAfter: .serverFailed(status: 500, retryAfter: nil)
            case .throttle(let seconds):
                .throttled(retryAfter: throttled(seconds).first("Retry-After").flatMap { Int($0) }.map { .seconds($0) })
            case .unauthorized: .unauthorized(status: 401)
            case .refuse: .refused(status: 400)
            case .redirect: .unauthorized(status: 302)
            }
        try? await time.sleep(latency())
        if case .throttled(let wait?) = kind { obey(throttled(Int(wait.components.seconds))) }
        if let kind { throw SCIMError(kind) }
        let found = among()
        return found.isEmpty ? .notFound : found.count == 1 ? .found(found[0]) : .ambiguous(count: found.count)
    }
}

/// A connection of one process to the directory.
struct Connection: Directory {
    let directory: FakeDirectory
    var pacer: Pacer?
    let isAlive: @Sendable () -> Bool

    var dialect: Dialect { directory.dialect }

    func userByExternalID(_ externalID: String) async throws(SCIMError) -> Lookup<SCIMUser> {
        try await directory.find(
            "user \(externalID)",
            among: { directory.users.filter { $0.externalID == externalID } }
        )
    }

    func userByUserName(_ userName: String) async throws(SCIMError) -> Lookup<SCIMUser> {
        try await directory.find(
            "login \(userName)",
            among: { directory.users.filter { $0.userName == userName } }
        )
    }

    func groupByDisplayName(_ displayName: String) async throws(SCIMError) -> Lookup<SCIMGroup> {
        try await directory.find(
            "group \(displayName)",
            among: { directory.groups.filter { $0.displayName == displayName } }
        )
    }

    func hasUser(_ id: String) async throws(SCIMError) -> Bool {
        try await directory.find("user id \(id)", among: { directory.users.filter { $0.id == id } }) != .notFound
    }

    func hasGroup(_ id: String) async throws(SCIMError) -> Bool {
        try await directory.find("group id \(id)", among: { directory.groups.filter { $0.id == id } }) != .notFound
    }

    func members(of groupID: String) async throws(SCIMError) -> [String] {
        let group = try await directory.find(
            "members \(groupID)",
            among: { directory.groups.filter { $0.id == groupID } }
        )
        guard case .found = group else { throw SCIMError(.notFound) }
        return (directory.members[groupID] ?? []).sorted()
    }

    var changesInARequest: Int { pacer?.changesInARequest ?? MemberPatch.maximumChanges }

    func close(for wait: Duration) {}

    func turn(changes: Int) async throws(CancellationError) { try await pacer?.turn(.write(changes: changes)) }

    func send(_ request: SCIMRequest, changes: Int) async -> SCIMOutcome {
        await directory.send(request, isAlive: isAlive)
    }
}
