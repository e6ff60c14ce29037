import ArgumentParser
import Foundation
import GRDB
import HTTPTransport
import OktaClient
import Projector
import SQLiteStore

/// `ledger baseline`: learns who is in each group from Okta itself.
struct BaselineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Reads the groups in scope and their members from Okta, so that the ledger is complete as of now.",
        discussion: """
            For a first start on a company that has members, and whenever events are in doubt. Changes nothing in Okta or in the \
            directory; what it tells is looked for in the directory before anything is sent. Safe at any time, and again after an \
            interruption. Works while the service runs (it is asked to do it, with its settings) and without it. Exits with 1 \
            where a group could not be read.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only this Okta group, by id or name.")
    var group: String?

    func run() async throws {
        let request = Operations.Baseline(group: group)
        let report = try await LedgerAccess.with(try database.settings(for: .database)) { access in
            switch access {
            case .running(let client): try await baseline(request, through: client)
            case .stopped(let ledger): try await baseline(request, in: ledger)
            }
        }
        if output.json { try Output.json(report) } else { for line in report.lines { Output.line(line) } }
        if !report.failed.isEmpty { throw Exit.unfinished.code }
    }

    /// The service reads; how far it has got stands in the log.
    private func baseline(_ request: Operations.Baseline, through client: ControlClient) async throws -> BaselineReport
    {
        guard output.showsProgress else { return try await client.baseline(request) }
        let store = try Store.openReadOnly(try database.settings(for: .database).database)
        defer { store.close() }
        let start = try store.count()
        let watch = Task {
            while (try? await Task.sleep(for: .milliseconds(500))) != nil {
                let sql = "SELECT count(*), coalesce(sum(members), 0) FROM baseline WHERE position >= ?"
                guard let row = try? store.table(sql, ["\(start)"]).rows.first else { continue }
                show(groups: row[0] ?? "0", members: row[1] ?? "0")
            }
        }
        defer { watch.cancel() }
        return try await client.baseline(request)
    }

    /// No service runs, so this process asks Okta, with settings of its own.
    private func baseline(_ request: Operations.Baseline, in ledger: OpenLedger) async throws -> BaselineReport {
        guard let settings = try database.settings(for: .backfill).systemLog else { throw NoOktaAPI() }
        let connection = try OktaConnection(settings)
        let baseliner = Baseliner(ledger: ledger, okta: connection.groups) { progress in
            show(groups: "\(progress.groups) of \(progress.of)", members: "\(progress.members)")
        }
        let result: Result<BaselineReport, any Error>
        do {
            let operations = Operations(ledger: ledger)
            result = .success(try await operations.baseline(request, by: baseliner, isPushing: false))
        } catch {
            result = .failure(error)
        }
        await connection.http.shutdown()
        return try result.get()
    }

    private func show(groups: String, members: String) {
        output.progress("\(groups) groups, \(members) members")
    }
}
