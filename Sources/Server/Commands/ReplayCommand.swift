import ArgumentParser
import Dispatcher
import Foundation
import HTTPTransport
import Logging
import Projector
import SQLiteStore

/// `ledger replay`: what people on call type after an outage.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Folds the log anew and pushes what differs. Safe at any time, and again after an interruption.",
        discussion: """
            Works while the service runs (it is asked to do it) and without it (this command does it). Exits with 1 while work \
            is left.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only pairs whose deciding entry is at or after this position.")
    var from: Int64?

    @Flag(help: "Print what would be done and the plan's id, and do nothing.")
    var dryRun = false

    @Option(help: "Carry out exactly this plan, or nothing if it has changed.")
    var plan: String?

    @Flag(help: "Take nothing as known of what the directory holds: every chosen pair is sent again.")
    var reassert = false

    @Option(name: .customLong("as"), help: "Who you are; kept in the log. Required unless --dry-run.")
    var operatorName: String?

    @Option(help: "Why you do this; kept in the log. Required unless --dry-run.")
    var reason: String?

    func validate() throws {
        if dryRun, plan != nil { throw ValidationError("--plan carries a plan out, --dry-run only shows one.") }
        if let from, from < 0 { throw ValidationError("--from takes a position: 0 or more.") }
        guard !dryRun else { return }
        guard let operatorName, let reason else {
            throw ValidationError("--as and --reason are required: they are kept in the log.")
        }
        try OperatorOptions.validate(operatorName, reason)
    }

    private var selection: PushPlan.Selection { PushPlan.Selection(from: from, reassert: reassert) }

    func run() async throws {
        let settings = try database.settings(for: .database)
        if dryRun { return try showPlan(settings) }
        let request = Operations.Replay(
            selection: selection,
            plan: plan,
            operatorName: operatorName ?? "",
            reason: reason ?? ""
        )
        let left = try await LedgerAccess.with(settings) { access in
            switch access {
            case .running(let client): try await replay(request, through: client, settings)
            case .stopped(let ledger): try await replay(request, in: ledger)
            }
        }
        try conclude(left, settings)
    }

    // MARK: Dry run

    private func showPlan(_ settings: Settings) throws {
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let projection = Projection(readOnly: store)
        let selection = selection
        let plan = try projection.differences { try PushPlan(selection, $0) }
        let coverage = try Coverage.lines(of: projection)
        if output.json { return try Output.json(Shown(plan, coverage: coverage)) }
        show(plan)
        for line in coverage { Output.line(line) }
        Output.line(
            plan.changes.isEmpty
                ? "Next: nothing to push."
                : "Next: ledger replay --plan \(plan.id)\(arguments) --as NAME --reason WHY"
        )
    }

    private var arguments: String {
        (from.map { " --from \($0)" } ?? "") + (reassert ? " --reassert" : "")
    }

    private func show(_ plan: PushPlan) {
        Output.line("Plan \(plan.id): \(plan.changes.count) change(s).")
        guard !plan.changes.isEmpty else { return }
        TablePrinter.show(
            header: ["group", "user", "now", "then", "because of", "published"],
            rows: plan.changes.map { change in
                [
                    change.groupName ?? change.group, change.login ?? change.user, change.applied ?? "never sent",
                    change.desired, change.decidedBy ?? "corrected by the System Log", change.decidedAt ?? "-",
                ]
            }
        )
    }

    // MARK: Doing it

    /// The service has rebuilt, and its dispatcher pushes; waits as long as it gets on.
    private func replay(
        _ request: Operations.Replay,
        through client: ControlClient,
        _ settings: Settings
    ) async throws -> PushPlan {
        let replayed = try await client.replay(request)
        announce(replayed)
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let projection = Projection(readOnly: store)
        let selection = PushPlan.Selection(from: from, reassert: false)
        var left = replayed.plan
        var idleSeconds = 0.0
        while !left.changes.isEmpty, replayed.paused == nil, idleSeconds < Self.patienceSeconds {
            try await Task.sleep(for: .milliseconds(200))
            let now = try projection.differences { try PushPlan(selection, $0) }
            idleSeconds = now.id == left.id ? idleSeconds + 0.2 : 0
            left = now
            progress(left)
        }
        return left
    }

    /// No service runs: this process rebuilds and pushes.
    private func replay(_ request: Operations.Replay, in ledger: OpenLedger) async throws -> PushPlan {
        // No service runs, so this process pushes, with settings of its own: these are checked before anything is done.
        let push = try database.settings(for: .push)
        if push.pushMode == .on, let directory = push.directory { try ledger.require(directory) }
        let operations = Operations(ledger: ledger)
        let replayed = try await operations.replay(request, uid: Int(getuid()))
        announce(replayed)
        let rest = PushPlan.Selection(from: from, reassert: false)
        guard push.pushMode == .on, replayed.paused == nil, let directory = push.directory else {
            return replayed.plan
        }
        let connection = try DirectoryConnection(directory)
        let dispatcher = Dispatcher(
            log: ledger.store,
            fold: ledger.follower,
            directory: connection.client,
            surroundings: .system,
            logger: Logger(label: "ledger"),
            only: from == nil && plan == nil ? nil : replayed.plan.pairs,
            brake: push.brake
        )
        do {
            try await dispatcher.run(patience: Int64(Self.patienceSeconds * 1_000_000))
        } catch {
            await connection.http.shutdown()
            throw error
        }
        await connection.http.shutdown()
        return try await operations.plan(rest)
    }

    /// How long to wait while nothing gets on.
    private static let patienceSeconds = 5.0

    // MARK: Saying it

    /// A plan as programs read it, with what the ledger cannot know.
    private struct Shown: Encodable {
        let id: String
        let selection: PushPlan.Selection
        let changes: [PushPlan.Change]
        let coverage: [String]

        init(_ plan: PushPlan, coverage: [String]) {
            (id, selection, changes) = (plan.id, plan.selection, plan.changes)
            self.coverage = coverage
        }
    }

    private func announce(_ replayed: Operations.Replayed) {
        guard !output.json else { return }
        Output.line("Folded \(replayed.entries) entries anew.")
        show(replayed.plan)
        if let paused = replayed.paused { Output.line("Paused, so nothing is sent: \(TablePrinter.visible(paused))") }
    }

    private func progress(_ left: PushPlan) {
        output.progress("\(left.changes.count) left")
    }

    private func conclude(_ left: PushPlan, _ settings: Settings) throws {
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let projection = Projection(readOnly: store)
        let coverage = try Coverage.lines(of: projection)
        if output.json {
            try Output.json(Shown(left, coverage: coverage))
        } else {
            Output.line(left.changes.isEmpty ? "Nothing is left to push." : "\(left.changes.count) change(s) are left.")
            for line in coverage { Output.line(line) }
            Output.line(left.changes.isEmpty ? "Next: nothing." : "Next: ledger status says why they wait.")
        }
        if !left.changes.isEmpty { throw Exit.unfinished.code }
    }
}
