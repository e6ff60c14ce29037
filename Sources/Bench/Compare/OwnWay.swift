import Dispatcher
import Foundation
import HTTPTransport
import Ledger
import Logging
import Projector
import SCIM
import SQLiteStore
import Sandbox
import Synchronization

/// This service's way: the real log, fold, dispatcher and client before a directory's core.
struct OwnWay {
    private let backlog: Backlog
    private let folder: String

    init(_ backlog: Backlog, folder: String) {
        self.backlog = backlog
        self.folder = folder
    }

    /// - Parameter atOnce: whether all is told before anything is pushed; else each event is pushed before the next is told.
    /// - Returns: the directory in the end.
    /// - Throws: what the ledger or the dispatcher throws.
    func run(atOnce: Bool) async throws -> DirectoryCore {
        let clock = Clock(backlog.events.first.map { $0.delivery.eventTime / 1_000 } ?? 0)
        let path = "\(folder)/\(atOnce ? "backlog" : "single").db"
        let store = try Store.open(path, mode: .create, clock: { clock.now })
        defer { store.close() }
        let follower = Follower(try Projection(store), of: store)
        let settings = try EntryJSON.encode(FoldSettings(prefix: "AWS_", organization: nil, directory: nil))
        _ = try await store.append(NewEntry(kind: .ledgerConfigured, key: nil, body: settings))
        let directory = Loopback(try backlog.directory(), clock)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try? await follower.run() }
            defer { tasks.cancelAll() }
            for event in backlog.events {
                clock.advance(to: event.delivery.eventTime / 1_000)
                _ = try await store.append(
                    NewEntry(
                        kind: .oktaDelivery,
                        key: event.delivery.eventID.map { EntryKey($0) },
                        body: event.delivery.body
                    )
                )
                if !atOnce { try await push(store, follower, directory, clock) }
            }
            if atOnce { try await push(store, follower, directory, clock) }
        }
        return directory.core
    }

    /// One process's life: it pushes what there is.
    private func push(_ store: Store, _ follower: Follower, _ directory: Loopback, _ clock: Clock) async throws {
        let sleep: @Sendable (Int64) async throws -> Void = { try await Task.sleep(for: .microseconds($0)) }
        let client = SCIMClient(
            target: try SCIMTarget(url: Loopback.url, token: try BearerToken("sandbox-token"), dialect: .aws),
            sender: directory,
            pacer: Pacer(.none, now: { clock.now }, sleep: sleep),
            now: { clock.now }
        )
        let dispatcher = Dispatcher(
            log: store,
            fold: follower,
            directory: client,
            surroundings: Dispatcher.Surroundings(
                now: { clock.now },
                jitter: { 0 },
                uuid: { UUID().uuidString.lowercased() },
                sleep: sleep
            ),
            logger: Logger(label: "compare") { _ in SwiftLogNoOpLogHandler() },
            brake: .off
        )
        try await dispatcher.run(patience: 0)
    }
}

/// The time of the events, in microseconds since 1970.
private final class Clock: Sendable {
    private let time: Mutex<Int64>
    init(_ now: Int64) { time = Mutex(now) }
    var now: Int64 { time.withLock(\.self) }
    func advance(to now: Int64) { time.withLock { $0 = max($0, now) } }
}

/// A directory's core as the other end of all connections.
private final class Loopback: HTTPSender {
    static let url = "https://directory.example.com/tenant/scim/v2"
    private let state: Mutex<DirectoryCore>
    private let clock: Clock

    init(_ core: DirectoryCore, _ clock: Clock) {
        state = Mutex(core)
        self.clock = clock
    }

    var core: DirectoryCore { state.withLock(\.self) }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let raw = DirectoryRequest(
            method: request.method,
            target: String(request.url.dropFirst("https://directory.example.com".count)),
            headers: request.headers,
            body: request.body ?? []
        )
        guard case .answer(let answer) = state.withLock({ $0.receive(raw, now: clock.now * 1_000) }) else {
            throw TransportError(.connectionLost, requestMayHaveArrived: true)
        }
        return HTTPResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }
}
