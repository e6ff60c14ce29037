import ArgumentParser
import Dispatcher
import Foundation
import HTTPTransport
import Logging
import Projector
import SQLiteStore

/// `ledger reconcile`: compares with what the directory really holds.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract:
            "Reads who is really in each group of the directory, and says where that is not what Okta's events ask for.",
        discussion: """
            Only looks, unless --fix is given. Works while the service runs (it is asked to do it, at its own pace) and without \
            it. Members whom no event names are reported and never removed. Exits with 1 while drift is left, or a group could \
            not be read.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only this Okta group, by id or name.")
    var group: String?

    @Flag(
        help: "Write down what the ledger did not know, and push what differs. The brake counts it like anything else."
    )
    var fix = false

    @Option(name: .customLong("as"), help: "Who you are; kept in the log. Required with --fix.")
    var operatorName: String?

    @Option(help: "Why you do this; kept in the log. Required with --fix.")
    var reason: String?

    func validate() throws {
        guard fix else { return }
        guard let operatorName, let reason else {
            throw ValidationError("--fix wants --as and --reason: they are kept in the log.")
        }
        try OperatorOptions.validate(operatorName, reason)
    }

    func run() async throws {
        let settings = try database.settings(for: .database)
        let request = Operations.Reconcile(
            group: try group.map { name in
                let store = try Store.openReadOnly(settings.database)
                defer { store.close() }
                return try GroupName.resolve(name, in: store)
            },
            fix: fix ? .init(operatorName: operatorName ?? "", reason: reason ?? "") : nil
        )
        let (found, left) = try await LedgerAccess.with(settings) { access in
            switch access {
            case .running(let client): try await reconcile(request, through: client, settings)
            case .stopped(let ledger): try await reconcile(request, in: ledger)
            }
        }
        let report = ReconcileReport(found, left: left, fixed: fix)
        if output.json { try Output.json(report) } else { report.show() }
        if !report.isDone { throw Exit.unfinished.code }
    }

    // MARK: Doing it

    /// The service reads, and its dispatcher pushes; waits as long as it gets on.
    private func reconcile(
        _ request: Operations.Reconcile,
        through client: ControlClient,
        _ settings: Settings
    ) async throws -> (Reconciliation, Set<PairID>) {
        let found = try await client.reconcile(request)
        guard fix else { return (found, found.pairs) }
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let projection = Projection(readOnly: store)
        var left = try projection.differences { try found.left($0) }
        var idleSeconds = 0.0
        while !left.isEmpty, found.paused == nil, idleSeconds < Self.patienceSeconds {
            try await Task.sleep(for: .milliseconds(200))
            let now = try projection.differences { try found.left($0) }
            idleSeconds = now == left ? idleSeconds + 0.2 : 0
            left = now
        }
        return (found, left)
    }

    /// No service runs: this process reads, and pushes, with settings of its own.
    private func reconcile(
        _ request: Operations.Reconcile,
        in ledger: OpenLedger
    ) async throws -> (Reconciliation, Set<PairID>) {
        let settings = try database.settings(for: .push)
        guard settings.pushMode == .on, let directory = settings.directory else { throw NoDirectory() }
        try ledger.require(directory)
        let connection = try DirectoryConnection(directory)
        let result: Result<(Reconciliation, Set<PairID>), any Error>
        do {
            result = .success(try await reconcile(request, ledger, connection, settings.brake))
        } catch {
            result = .failure(error)
        }
        await connection.http.shutdown()
        return try result.get()
    }

    private func reconcile(
        _ request: Operations.Reconcile,
        _ ledger: OpenLedger,
        _ connection: DirectoryConnection,
        _ brake: Brake.Settings
    ) async throws -> (Reconciliation, Set<PairID>) {
        func dispatcher(only pairs: Set<PairID>?) -> Dispatcher {
            Dispatcher(
                log: ledger.store,
                fold: ledger.follower,
                directory: connection.client,
                surroundings: .system,
                logger: Logger(label: "ledger"),
                only: pairs,
                brake: brake
            )
        }
        let reconciler = Reconciler(
            log: ledger.store,
            fold: ledger.follower,
            directory: connection.client,
            dispatcher: dispatcher(only: nil)
        )
        let found = try await Operations(ledger: ledger).reconcile(request, by: reconciler, uid: Int(getuid()))
        guard fix else { return (found, found.pairs) }
        let left = try await ledger.follower.differences { try found.left($0) }
        guard !left.isEmpty, found.paused == nil else { return (found, left) }
        try await dispatcher(only: left).run(patience: Int64(Self.patienceSeconds * 1_000_000))
        return (found, try await ledger.follower.differences { try found.left($0) })
    }

    /// How long to wait while nothing gets on.
    private static let patienceSeconds = 5.0
}
