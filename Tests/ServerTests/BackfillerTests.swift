import Foundation
import HTTPTransport
import Ledger
import OktaClient
import Projector
import SQLiteStore
import Sandbox
import Synchronization
import Testing

@testable import Server

/// Carries requests into a simulated org without a network.
private final class OktaInProcess: HTTPSender {
    private let core: Mutex<SystemLogCore>

    init(_ settings: OktaSettings = .init()) { core = Mutex(SystemLogCore(settings: settings)) }

    func inspect<Value: Sendable>(_ body: (inout SystemLogCore) -> Value) -> Value { core.withLock { body(&$0) } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let raw = DirectoryRequest(
            method: request.method,
            target: request.url.replacing(/^https?:\/\/[^\/]*/, with: ""),
            headers: request.headers + [("Host", "127.0.0.1")]
        )
        let answer = core.withLock { $0.receive(raw, now: SystemSource.microseconds() * 1_000) }
        return HTTPResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }
}

/// One run after another, on a ledger that listens.
@Suite(.timeLimit(.minutes(1))) struct BackfillerTests {
    private static func with(
        _ okta: OktaInProcess,
        overlap: Int64 = 60_000_000,
        _ work: @escaping (OpenLedger, Backfiller) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "backfill-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = try Settings.load(
            for: .serve,
            environment: [
                "LEDGER_DATABASE": folder.appending(path: "ledger.db").path, "LEDGER_OKTA_SECRET": "s",
                "LEDGER_PUSH_MODE": "off",
            ]
        )
        let ledger = try await OpenLedger(settings, mode: .create, listening: true)
        let following = Task { try await ledger.follower.run() }
        guard let token = OktaToken(OktaSettings().token) else { return }
        let api = OktaAPI(
            org: try OktaOrg(url: "http://127.0.0.1"),
            credential: .token(token),
            sender: okta,
            surroundings: .init(now: SystemSource.microseconds, uuid: { "" }, sleep: { try await Task.sleep(for: $0) })
        )
        do {
            try await work(ledger, Backfiller(ledger, SystemLog(api), overlap: overlap))
        } catch {
            Issue.record(error)
        }
        ledger.follower.stop()
        try? await following.value
        await ledger.close()
    }

    private static func generator(secondsAgo: Int64) -> OktaGenerator {
        OktaGenerator(
            seed: 9,
            startingAt: (SystemSource.microseconds() - secondsAgo * 1_000_000) * 1_000,
            pace: .init(meanGapMilliseconds: 2)
        )
    }

    private static func members(_ ledger: OpenLedger) throws -> Set<String> {
        let sql = "SELECT group_id || ' ' || user_id FROM membership WHERE desired = 'present'"
        return Set(try ledger.store.table(sql).rows.compactMap { $0[0] })
    }

    private static func truth(_ generator: OktaGenerator) -> Set<String> {
        Set(generator.truth.flatMap { group, people in people.map { "\(group) \($0)" } })
    }

    @Test func `what Okta keeps late is found by a later run, and no run before claims to have covered it`()
        async throws
    {
        let okta = OktaInProcess()
        try await Self.with(okta) { ledger, backfiller in
            var generator = Self.generator(secondsAgo: 30)
            let events = (0..<60).map { _ in generator.change() }
            // The second half can be seen only ten minutes from now.
            let later = SystemSource.microseconds() * 1_000 + 600_000_000_000
            okta.inspect { core in
                for (index, event) in events.enumerated() {
                    core.keep(event, at: index < 30 ? event.published : later + Int64(index))
                }
            }
            let first = try await backfiller.run(since: nil)
            #expect(first.counts.stored == 30)
            let covered = try ledger.projection.lastCursor()?.covered
            #expect(covered.map { $0.until * 1_000 < events[0].published } ?? true)
            okta.inspect { $0.settings.clockOffset = 660 }
            let second = try await backfiller.run(since: nil)
            #expect(second.counts.stored == 30 && second.counts.events == 60)
            #expect(try Self.members(ledger) == Self.truth(generator))
            let third = try await backfiller.run(since: nil)
            #expect(third.counts.stored == 0)
        }
    }

    @Test func `with our clock an hour ahead of Okta's, nothing is left out`() async throws {
        var settings = OktaSettings()
        settings.clockOffset = -3_600
        let okta = OktaInProcess(settings)
        try await Self.with(okta) { ledger, backfiller in
            // By Okta's clock these happened an hour before we began to listen; by ours, seconds after.
            var generator = Self.generator(secondsAgo: 3_600)
            let events = (0..<40).map { _ in generator.change() }
            okta.inspect { core in for event in events { core.keep(event, at: event.published - 1_000_000_000) } }
            let report = try await backfiller.run(since: nil)
            #expect(report.counts.stored == 40 && report.logOnly.count == 40)
            #expect(okta.inspect { $0.asked.count } == 2)
            #expect(try Self.members(ledger) == Self.truth(generator))
        }
    }

    @Test func `runs wait for each other, each event is kept once, and a stop ends those that wait`() async throws {
        let okta = OktaInProcess()
        try await Self.with(okta) { ledger, backfiller in
            var generator = Self.generator(secondsAgo: 30)
            let events = (0..<200).map { _ in generator.change() }
            okta.inspect { $0.keep(events, late: 0, seed: 1) }
            let stored = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<4 { tasks.addTask { try await backfiller.run(since: nil).counts.stored } }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(stored.sorted() == [0, 0, 0, 200])
            await backfiller.stop()
            await #expect(throws: CancellationError.self) { try await backfiller.run(since: nil) }
            let cursors = try ledger.store.table("SELECT count(*) FROM entry WHERE kind = 'okta.cursor'")
            // One for the page that brought something, and one for the end of each run.
            #expect(cursors.rows == [["5"]])
        }
    }

    @Test func `a link that Okta does not know any more begins the run again where it began`() async throws {
        let okta = OktaInProcess()
        try await Self.with(okta) { ledger, backfiller in
            var generator = Self.generator(secondsAgo: 3_000)
            let events = (0..<20).map { _ in generator.change() }
            okta.inspect { $0.keep(events, late: 0, seed: 1) }
            let interrupted = CursorBody(
                run: "interrupted",
                from: SystemSource.microseconds() - 3_600_000_000,
                until: nil,
                overlap: 0,
                clockOffset: 0,
                next: "http://127.0.0.1/api/v1/logs?after=forgotten",
                counts: CursorBody.Counts()
            )
            let position = try await ledger.append(.oktaCursor, interrupted)
            try await ledger.follower.folded(through: position)
            okta.inspect { $0.faults = [.status(410, code: "E0000007")] }
            let report = try await backfiller.run(since: nil)
            #expect(report.counts.stored == 20)
            #expect(report.from == Coverage.utc(interrupted.from))
            #expect(try Self.members(ledger) == Self.truth(generator))
        }
    }
}
