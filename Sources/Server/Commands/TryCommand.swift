import ArgumentParser
import Foundation
import HTTPTransport
import Ledger
import Logging
import SCIM
import SQLiteStore
import Sandbox

/// `ledger try`: the whole path on this machine, with a sandbox in place of Okta and AWS.
struct TryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Runs the whole path here: generated deliveries, a new ledger, a sandbox directory. Needs no account."
    )

    @Option(help: "Deliveries to post.")
    var deliveries = 60

    @Option(help: "Seed of the generated history.")
    var seed: UInt64 = 1

    @Option(help: "Port of the hook listener; 0 takes any free one.")
    var hookPort = 8080

    @Option(help: "Port of the ops listener; 0 takes any free one.")
    var opsPort = 8081

    @Flag(help: "End after the table instead of staying up.")
    var once = false

    func validate() throws {
        guard (1...10_000).contains(deliveries) else { throw ValidationError("--deliveries takes 1 to 10000.") }
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "ledger-try-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let start = SystemSource.microseconds() * 1_000 - 1_800 * 1_000_000_000
        let generator = OktaGenerator(
            seed: seed,
            organisation: OktaOrganisation(users: 12, groups: 4),
            startingAt: start
        )
        let sandbox = SandboxDirectory()
        try sandbox.seed(
            users: generator.people.map { SeedUser(userName: $0.login, externalId: $0.id) },
            groups: generator.groups.filter { $0.name.hasPrefix("AWS_") }.map { SeedGroup(displayName: $0.name) }
        )
        var logger = Logger(label: "ledger")
        logger.logLevel = .error
        try await sandbox.whileServing { [logger] url in
            let settings = try settings(database: folder.appendingPathComponent("ledger.db").path, directory: url)
            let demonstration = Demonstration(
                settings: settings,
                traffic: OktaTraffic.rough(deliveries: deliveries),
                generator: generator
            )
            try await LedgerService(settings: settings, logger: logger) { ports in
                await demonstration.show(ports)
                if once { kill(getpid(), SIGTERM) }
            }.run()
        }
    }

    private func settings(database: String, directory: String) throws -> Settings {
        try Settings.load(
            for: .serve,
            overrides: [
                .database: database, .oktaSecret: Demonstration.secret, .scimURL: directory,
                .scimToken: DirectoryCore.Settings().token, .scimDialect: Dialect.aws.rawValue, .pushMode: "on",
                .hookHost: "127.0.0.1", .hookPort: String(hookPort), .opsHost: "127.0.0.1", .opsPort: String(opsPort),
            ],
            environment: [:]
        )
    }
}

/// Posts a generated history to a service of this process, and shows what became of it.
struct Demonstration: Sendable {
    /// The secret of the demonstration; nothing else accepts it.
    static let secret = "try-secret"

    let settings: Settings
    let traffic: OktaTraffic
    let generator: OktaGenerator

    /// Posts, waits until the directory is right, and prints.
    func show(_ ports: LedgerService.Ports) async {
        do {
            Output.line("Posting \(traffic.deliveries) deliveries with repeats, reordering, noise and odd bodies …")
            try await post(to: ports.hook ?? 0)
            let store = try Store.openReadOnly(settings.database)
            defer { store.close() }
            let summary = try await settled(Projection(readOnly: store))
            Output.line("What changed in the directory, and why:")
            try TablePrinter.show(
                store.table(
                    """
                    SELECT group_name AS "group", user_login AS user, applied AS "in directory", decided_type AS "because of",
                        decided_at AS published, decided_by AS event
                    FROM membership WHERE in_scope AND applied IS NOT NULL ORDER BY group_name, user_login
                    """
                ),
                json: false,
                empty: "Nothing."
            )
            try TablePrinter.show(
                store.table(
                    "SELECT standing, coalesce(reason, '') AS why, count(*) AS events FROM event GROUP BY 1, 2"
                ),
                json: false,
                empty: "No event."
            )
            Output.line("\(summary.entries) entries in the log; \(summary.pending) pairs pending.")
            for waiting in summary.waiting { Output.line("  \(waiting.pairs): \(waiting.reason)") }
            let group = try store.table(
                "SELECT group_name FROM membership WHERE in_scope GROUP BY group_id ORDER BY count(*) DESC LIMIT 1"
            ).rows.first?.first
            sayWhereToLook(ports, group: (group ?? nil) ?? "GROUP")
        } catch {
            Output.note("ledger: \(error)")
        }
    }

    private func post(to port: Int) async throws {
        let http = try HTTPClient(HTTPClientOptions(userAgent: "Okta-Integrations"))
        var generator = generator
        for delivery in generator.deliveries(traffic) {
            let response = try await http.send(
                HTTPRequest(
                    method: "POST",
                    url: "http://127.0.0.1:\(port)\(HookListener.path)",
                    headers: [("Authorization", Self.secret), ("Content-Type", "application/json")],
                    body: delivery.body
                )
            )
            if response.status != 200 { Output.note("ledger: a delivery was answered \(response.status)") }
        }
        await http.shutdown()
    }

    /// Waits until nothing is pending, or nothing has changed for a while.
    private func settled(_ projection: Projection) async throws -> Projection.Summary {
        var last = try projection.summary()
        var quiet = 0
        while quiet < 30, last.pending > 0 || last.folded < last.entries || quiet == 0 {
            try await Task.sleep(for: .milliseconds(100))
            let now = try projection.summary()
            quiet = now == last ? quiet + 1 : 0
            last = now
            if now.pending == 0, now.folded == now.entries, quiet > 2 { break }
        }
        return last
    }

    private func sayWhereToLook(_ ports: LedgerService.Ports, group: String) {
        let ledger = CommandLine.arguments.first ?? "ledger"
        let directory = settings.directory?.url ?? ""
        Output.line(
            """

            It stays up until Ctrl-C; its files stay in the folder of the database. Where to look:
              sqlite3 -readonly \(settings.database) 'SELECT * FROM audit_trail LIMIT 20'
              \(ledger) status --database \(settings.database)
              \(ledger) history --database \(settings.database) --group '\(group)'
              \(ledger) replay --dry-run --database \(settings.database)
              curl http://127.0.0.1:\(ports.ops ?? 0)/readyz
            The directory: curl -H 'Authorization: Bearer \(DirectoryCore.Settings().token)' '\(directory)/Groups?cursor'
            Hook: http://127.0.0.1:\(ports.hook ?? 0)\(HookListener.path), header Authorization: \(Self.secret)
            """
        )
    }
}
