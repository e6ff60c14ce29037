import Foundation
import Ledger
import Logging
import Okta
import ServiceLifecycle
import Synchronization
import Testing

@testable import Server

/// Remembers what it is given, after doing what the test wants.
final class RecordingSink: DeliverySink {
    struct Taken: Sendable, Equatable {
        let body: String
        let eventID: String?
        let wasCancelled: Bool
    }

    private let state = Mutex<[Taken]>([])
    private let behaviour: @Sendable (Int) async throws(AppendError) -> Appended

    /// - Parameter behaviour: gets the number of deliveries taken before and decides what becomes of this one.
    init(
        _ behaviour: @escaping @Sendable (Int) async throws(AppendError) -> Appended = {
            .stored(position: Int64($0), recordedAt: 0)
        }
    ) {
        self.behaviour = behaviour
    }

    var taken: [Taken] { state.withLock { $0 } }

    func accept(_ body: [UInt8], eventID: String?) async throws(AppendError) -> Appended {
        let appended = try await behaviour(taken.count)
        let taken = Taken(body: String(decoding: body, as: UTF8.self), eventID: eventID, wasCancelled: Task.isCancelled)
        state.withLock { $0.append(taken) }
        return appended
    }
}

/// A door that stays shut until the test opens it, and that tells who has come.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrived = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watching: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.arrived += 1
                for (count, watcher) in state.watching where count <= state.arrived { watcher.resume() }
                state.watching.removeAll { $0.count <= state.arrived }
                if state.isOpen { continuation.resume() } else { state.waiting.append(continuation) }
            }
        }
    }

    func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.arrived >= count {
                    continuation.resume()
                } else {
                    state.watching.append((count, continuation))
                }
            }
        }
    }

    func open() {
        state.withLock { state in
            state.isOpen = true
            for continuation in state.waiting { continuation.resume() }
            state.waiting = []
        }
    }
}

/// Keeps log lines as text.
final class CapturedLog: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: Logging.LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            log.state.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}

/// A hook listener on a free port of this machine, with all that a test looks at.
struct HookFixture {
    enum Ending: CaseIterable { case graceful, cancelled }

    static let secret = "hush-current"
    static let previous = "hush-previous"

    let port: Int
    let counters: HookCounters
    let log: CapturedLog
    /// Begins a graceful shutdown, or cancels the service.
    let shutDown: @Sendable (Ending) async -> Void

    static func with(
        _ sink: any DeliverySink = RecordingSink(),
        apiKey: String? = nil,
        limits: ListenerLimits = ListenerLimits(),
        isHealthy: @escaping @Sendable () -> Bool = { true },
        _ body: (HookFixture) async throws -> Void
    ) async throws {
        let counters = HookCounters()
        let listener = HookListener(
            authentication: try HookAuthentication(secret: secret, previousSecret: previous, xApiKey: apiKey),
            sink: sink,
            counters: counters,
            limits: limits,
            isHealthy: isHealthy
        )
        try await withService { log, onListening in
            listener.service(at: .init(host: "127.0.0.1", port: 0), logger: log.logger, onListening: onListening)
        } _: { port, log, shutDown in
            try await body(HookFixture(port: port, counters: counters, log: log, shutDown: shutDown))
        }
    }

    /// A POST to the hook with the right secret.
    static func delivery(_ body: String, secret: String? = secret, extra: String = "") -> String {
        let authorization = secret.map { "Authorization: \($0)\r\n" } ?? ""
        return "POST /okta/events HTTP/1.1\r\nHost: h\r\n\(authorization)\(extra)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    func deliver(_ body: String, secret: String? = secret, extra: String = "") async throws -> RawConnection.Answer? {
        try await exchange(port, Self.delivery(body, secret: secret, extra: extra))
    }

    /// Waits for a count that follows an event which no answer tells of; fails after ten seconds.
    func waitUntil(_ condition: (HookCounters.Counts) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while !condition(counters.counts) {
            try #require(ContinuousClock.now < end, "never so: \(counters.counts)")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// Runs a service while `body` uses it, and ends it.
func withService(
    _ make: (CapturedLog, @escaping @Sendable (Int) async -> Void) -> some Service,
    _ body: (Int, CapturedLog, @escaping @Sendable (HookFixture.Ending) async -> Void) async throws -> Void
) async throws {
    let log = CapturedLog()
    let (ports, onPort) = AsyncStream.makeStream(of: Int.self)
    let service = make(log) { onPort.yield($0) }
    let group = ServiceGroup(services: [service], logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() })
    let running = Task {
        defer { onPort.finish() }
        try await group.run()
    }
    var iterator = ports.makeAsyncIterator()
    let port = try #require(await iterator.next(), "the listener did not start")
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(
            try await body(port, log) { ending in
                switch ending {
                case .graceful: await group.triggerGracefulShutdown()
                case .cancelled: running.cancel()
                }
            }
        )
    } catch {
        outcome = .failure(error)
    }
    // Ends what the test left open as well.
    running.cancel()
    _ = await running.result
    try outcome.get()
}
