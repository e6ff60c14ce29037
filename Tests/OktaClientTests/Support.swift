import Foundation
import HTTPTransport
import Okta
import Sandbox
import Synchronization

@testable import OktaClient

/// Carries requests into a simulated org without a network, on a clock of its own that waiting moves on.
final class VirtualOkta: HTTPSender {
    private struct State {
        var core: SystemLogCore
        var microseconds: Int64
        var waited: [Duration] = []
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>
    /// What answers in place of the log, if anything.
    private let instead: (@Sendable (HTTPRequest, Int64) -> HTTPResponse?)?

    init(
        _ settings: OktaSettings = .init(),
        now: Int64 = 1_790_000_000_000_000,
        instead: (@Sendable (HTTPRequest, Int64) -> HTTPResponse?)? = nil
    ) {
        state = Mutex(State(core: SystemLogCore(settings: settings), microseconds: now))
        self.instead = instead
    }

    var now: Int64 { state.withLock(\.microseconds) }
    var waited: [Duration] { state.withLock(\.waited) }
    var requests: [HTTPRequest] { state.withLock(\.requests) }

    func inspect<Value: Sendable>(_ body: (inout SystemLogCore) -> Value) -> Value {
        state.withLock { body(&$0.core) }
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        if let answer = instead?(request, now) {
            state.withLock { $0.requests.append(request) }
            return answer
        }
        let response = state.withLock { state in
            state.requests.append(request)
            let target = request.url.replacing(/^https?:\/\/[^\/]*/, with: "")
            let raw = DirectoryRequest(
                method: request.method,
                target: target,
                headers: request.headers + [("Host", "127.0.0.1")]
            )
            return state.core.receive(raw, now: state.microseconds * 1_000)
        }
        if response.body.count > request.maximumResponseBytes {
            throw TransportError(.responseTooLarge, requestMayHaveArrived: true)
        }
        return HTTPResponse(status: response.status, headers: response.headers, body: response.body)
    }

    /// A client of the simulated org.
    func api(_ credential: OktaCredential? = nil, scope: String = SystemLog.scope) throws -> OktaAPI {
        OktaAPI(
            org: try OktaOrg(url: "http://127.0.0.1"),
            credential: try credential ?? .sandbox(),
            scope: scope,
            sender: self,
            surroundings: .init(
                now: { self.now },
                uuid: { UUID().uuidString },
                sleep: { duration in
                    try Task.checkCancellation()
                    self.state.withLock { state in
                        state.waited.append(duration)
                        state.microseconds += duration.microseconds
                    }
                }
            )
        )
    }
}

extension OktaCredential {
    static func sandbox(_ token: String = OktaSettings().token) throws -> OktaCredential {
        guard let token = OktaToken(token) else { throw OktaError(.malformed) }
        return .token(token)
    }
}

/// Walks to the end.
func uuids(_ log: SystemLog, since: Int64, types: [String] = []) async throws -> [String] {
    let query = SystemLogQuery(since: Instant(nanoseconds: since), eventTypes: types)
    var walk = SystemLogWalk(query, of: log.org)
    var found: [String] = []
    while true {
        let page = try await log.page(of: walk)
        found += page.items.compactMap { try? $0.event.get().uuid }
        if try walk.took(events: page.items.count, links: page.links) == .atTheEnd { return found }
    }
}

/// So many changes of membership, ending shortly before a time in nanoseconds since 1970.
func events(_ count: Int, before now: Int64, seed: UInt64 = 7) -> [GeneratedEvent] {
    var generator = OktaGenerator(
        seed: seed,
        startingAt: now - Int64(count + 10) * 1_000_000_000,
        pace: .init(meanGapMilliseconds: 400)
    )
    return (0..<count).map { _ in generator.change() }
}
