import ArgumentParser
import Foundation
import HTTPTransport
import Okta
import OktaClient
import Projector
import SQLiteStore

/// `ledger backfill`: gets what the hook has missed.
struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Reads Okta's System Log from where the ledger stands, and says what the deliveries have missed.",
        discussion: """
            Safe at any time, and again after an interruption: each event counts once. Works while the service runs (it is \
            asked to do it, with its settings) and without it. Okta keeps events for 90 days and refuses to look back more \
            than 180. Exits with 1 while a gap is left that a later run can close.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "From when on, such as 2026-05-03T10:00:00Z; by default from where the ledger stands.")
    var since: String?

    func validate() throws { _ = try start() }

    /// Microseconds since 1970.
    private func start() throws -> Int64? {
        guard let since else { return nil }
        guard let instant = Instant(rfc3339: since) else {
            throw ValidationError("--since takes an instant such as 2026-05-03T10:00:00Z.")
        }
        return instant.nanoseconds / 1_000
    }

    func run() async throws {
        let start = try start()
        let report = try await LedgerAccess.with(try database.settings(for: .database)) { access in
            switch access {
            case .running(let client): try await backfill(through: client, since: start)
            case .stopped(let ledger): try await backfill(ledger, since: start)
            }
        }
        if output.json { try Output.json(report) } else { for line in report.lines { Output.line(line) } }
        if !report.closable.isEmpty { throw Exit.unfinished.code }
    }

    /// The service asks Okta; how far it has got is asked for meanwhile.
    private func backfill(through client: ControlClient, since: Int64?) async throws -> BackfillReport {
        guard output.showsProgress else { return try await client.backfill(Operations.Backfill(since: since)) }
        let before = try await client.live().fetched
        let watching = Task {
            var shown = before
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                guard let counts = try await client.live().fetched, counts != shown else { continue }
                show(counts)
                shown = counts
            }
        }
        defer { watching.cancel() }
        return try await client.backfill(Operations.Backfill(since: since))
    }

    private func show(_ counts: CursorBody.Counts) {
        output.progress("\(counts.events) events in \(counts.pages) pages, \(counts.stored) new")
    }

    /// No service runs, so this process asks Okta, with settings of its own.
    private func backfill(_ ledger: OpenLedger, since: Int64?) async throws -> BackfillReport {
        guard let settings = try database.settings(for: .backfill).systemLog else { throw NoOktaAPI() }
        let connection = try OktaConnection(settings)
        let result: Result<BackfillReport, any Error>
        do {
            let backfiller = Backfiller(ledger, connection.log, overlap: settings.overlap) { show($0) }
            result = .success(try await backfiller.run(since: since))
        } catch {
            result = .failure(error)
        }
        await connection.http.shutdown()
        return try result.get()
    }
}

/// The service was started without access to Okta's API.
struct NoOktaAPI: Error, CustomStringConvertible {
    let description =
        "okta.api.url is not set, so neither the System Log nor the groups can be read: set it with okta.api.token, or with okta.api.clientId and "
        + "okta.api.privateKey, where the service runs, and restart it."
}
