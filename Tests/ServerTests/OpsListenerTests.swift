import Foundation
import Hummingbird
import Ledger
import Logging
import Testing

@testable import Server

private func get(_ path: String, healthy: Bool = true, _ readiness: Readiness) async throws -> RawConnection.Answer {
    let listener = OpsListener(isHealthy: { healthy }, readiness: { readiness })
    var answer: RawConnection.Answer?
    try await withService { log, onListening in
        listener.service(at: .init(host: "127.0.0.1", port: 0), logger: log.logger, onListening: onListening)
    } _: { port, _, _ in
        answer = try await exchange(port, "GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
    }
    return try #require(answer)
}

struct OpsListenerTests {
    private static let ready = Readiness(holdsLock: true, storeIsOpen: true, hookIsListening: true, foldLag: 1_000)

    @Test func `a service whose parts all work is ready`() async throws {
        #expect(try await get("/readyz", Self.ready).status == 200)
    }

    @Test func `a service that is not ready lists every reason`() async throws {
        let answer = try await get(
            "/readyz",
            Readiness(holdsLock: false, storeIsOpen: false, hookIsListening: false, foldLag: 1_001)
        )
        #expect(answer.status == 503)
        #expect(answer.headers["content-type"] == "application/problem+json")
        let body = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        #expect(
            body["reasons"] as? [String] == [
                "another process holds the lock of the ledger", "the store is not open",
                "the hook listener is not listening", "the fold is 1001 entries behind the log",
            ]
        )
    }

    @Test(arguments: [
        Readiness(holdsLock: false, storeIsOpen: true, hookIsListening: true, foldLag: 0),
        Readiness(holdsLock: true, storeIsOpen: false, hookIsListening: true, foldLag: 0),
        Readiness(holdsLock: true, storeIsOpen: true, hookIsListening: false, foldLag: 0),
        Readiness(holdsLock: true, storeIsOpen: true, hookIsListening: true, foldLag: .max),
    ])
    func `one reason is enough to be not ready`(readiness: Readiness) {
        #expect(readiness.reasons.count == 1)
    }

    @Test func `a service that is not ready is alive, unless the log has failed`() async throws {
        let waiting = Readiness(holdsLock: false, storeIsOpen: false, hookIsListening: false, foldLag: 0)
        #expect(try await get("/healthz", waiting).status == 200)
        #expect(try await get("/healthz", healthy: false, Self.ready).status == 503)
    }

    @Test func `the path of deliveries is not on this listener`() async throws {
        #expect(try await get("/okta/events", Self.ready).status == 404)
    }

    @Test func `a fault of ours is a problem, and its log line names the type alone`() async throws {
        struct Hush: Error, CustomStringConvertible { let description = "hush" }
        struct Failing: ListenerResponder {
            func respond(to request: Request, logger: Logger) async throws -> Response { throw Hush() }
        }
        try await withService { log, onListening in
            makeListener(
                Failing(),
                endpoint: .init(host: "127.0.0.1", port: 0),
                limits: .init(),
                logger: log.logger,
                onListening: onListening
            )
        } _: { port, log, _ in
            let answer = try await exchange(port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer?.status == 500)
            #expect(answer?.headers["content-type"] == "application/problem+json")
            #expect(answer?.body.contains("hush") == false)
            #expect(log.lines.contains { $0.hasPrefix("error Request failed unexpectedly") && $0.contains("Hush") })
            #expect(!log.lines.joined().contains("hush"))
        }
    }
}

/// A log that remembers the last entry.
private actor LastEntry {
    var entry: NewEntry?
    func set(_ entry: NewEntry) { self.entry = entry }
}

struct LogSinkTests {
    private struct Log: EntryLog {
        let last: LastEntry
        func append(_ entry: NewEntry) async throws(AppendError) -> Appended {
            await last.set(entry)
            return .stored(position: 0, recordedAt: 0)
        }
        func entries(from position: Int64, limit: Int) throws -> [Entry] { [] }
        func entry(at position: Int64) throws -> Entry? { nil }
        func entry(kind: Kind, key: EntryKey) throws -> Entry? { nil }
        func count() throws -> Int64 { 0 }
    }

    @Test func `a delivery is kept under its id, and without one under the digest of its bytes`() async throws {
        let last = LastEntry()
        let sink = LogSink(log: Log(last: last))
        _ = try await sink.accept([1, 2], eventID: "an-id")
        let expected = NewEntry(
            kind: .oktaDelivery,
            key: EntryKey("an-id"),
            body: [1, 2],
            onCollision: .duplicateIfSameBytesElseNumber
        )
        #expect(await last.entry == expected)
        _ = try await sink.accept([1, 2], eventID: nil)
        #expect(await last.entry?.key == EntryKey(digestOf: [1, 2]))
    }
}
