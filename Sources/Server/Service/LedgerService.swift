import Dispatcher
import Foundation
import HTTPTransport
import Logging
import NIOCore
import Okta
import Projector
import SQLiteStore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The whole service: receives, folds, pushes, and takes orders, until it is told to stop or the store breaks.
struct LedgerService: Sendable {
    /// Where it listens, once it does.
    struct Ports: Sendable, Hashable {
        var hook: Int?
        var ops: Int?
    }

    let settings: Settings
    let logger: Logger
    /// Called with the ports when both listeners accept connections.
    var onListening: @Sendable (Ports) async -> Void = { _ in }

    /// Runs until a signal or a failure.
    /// - Parameter lock: the lock of the database if it was waited for.
    /// - Throws: `OpenError`, `StoreFailure`, or why a listener could not start.
    func run(lock: WriterLock? = nil) async throws {
        let ledger = try await OpenLedger(settings, mode: .create, lock: lock, listening: true)
        let counters = HookCounters()
        do {
            try await run(ledger, counters)
        } catch {
            await ledger.close(tallies: counters.counts.named)
            // Whoever met the broken store first may not be the one that says so.
            if let failure = ledger.store.failure { throw failure }
            throw PortInUse(error, settings) ?? error
        }
        await ledger.close(tallies: counters.counts.named)
    }

    private func run(_ ledger: OpenLedger, _ counters: HookCounters) async throws {
        let connection = try pushedDirectory.map(DirectoryConnection.init)
        let dispatcher = connection.map { connection in
            Dispatcher(
                log: ledger.store,
                fold: ledger.follower,
                directory: connection.client,
                surroundings: .system,
                logger: logger,
                brake: settings.brake
            )
        }
        let okta = try settings.systemLog.map(OktaConnection.init)
        let baseliner = okta.map { Baseliner(ledger: ledger, okta: $0.groups) }
        let backfillState = BackfillState()
        let backfiller = settings.systemLog.flatMap { systemLog in
            okta.map { Backfiller(ledger, $0.log, overlap: systemLog.overlap) { backfillState.set($0) } }
        }
        let listening = Listening(report: onListening)
        var services: [any Service] = [FailureWatch(store: ledger.store), FollowerService(follower: ledger.follower)]
        services.append(
            AlarmService(
                concerns: { try ledger.projection.concerns() },
                removalAge: settings.alarmRemovalAge,
                logger: logger
            )
        )
        if let dispatcher { services.append(DispatcherService(dispatcher: dispatcher, ledger: ledger)) }
        var reconciler: Reconciler?
        if let connection, let dispatcher {
            reconciler = Reconciler(
                log: ledger.store,
                fold: ledger.follower,
                directory: connection.client,
                dispatcher: dispatcher
            )
        }
        services.append(try control(ledger, counters, reconciler, backfiller, baseliner, backfillState))
        services.append(
            OpsListener(
                isHealthy: { ledger.store.failure == nil },
                readiness: { readiness(ledger, hookIsListening: listening.ports.hook != nil) }
            ).service(at: settings.ops, logger: logger) { await listening.opened(ops: $0) }
        )
        services.append(
            try hook(ledger, counters).service(at: settings.hook, logger: logger) { await listening.opened(hook: $0) }
        )
        if let backfiller, let systemLog = settings.systemLog {
            services.append(
                BackfillService(
                    backfiller: backfiller,
                    settings: systemLog,
                    logger: logger,
                    state: backfillState,
                    isAwaited: { (try? ledger.projection.awaitsConfirmation(recordedFrom: $0)) ?? false }
                )
            )
        }
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // What has no outcome by then stays unknown, and is sent again after the next start.
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        let group = ServiceGroup(configuration: configuration)
        logger.info("ledger started", metadata: ["version": "\(Version.text)", "database": "\(ledger.store.path)"])
        let result = await Result { try await group.run() }
        await connection?.http.shutdown()
        await okta?.http.shutdown()
        try result.get()
    }

    /// The directory, unless pushing is off.
    private var pushedDirectory: Settings.Directory? { settings.pushMode == .on ? settings.directory : nil }

    private func hook(_ ledger: OpenLedger, _ counters: HookCounters) throws -> HookListener {
        guard let okta = settings.okta else { throw MissingOktaSettings() }
        return HookListener(
            authentication: try HookAuthentication(
                secret: okta.secret.exposed,
                previousSecret: okta.previousSecret?.exposed,
                headerName: okta.header,
                xApiKey: okta.xAPIKey?.exposed
            ),
            sink: LogSink(log: ledger.store),
            counters: counters,
            isHealthy: { ledger.store.failure == nil }
        )
    }

    private func control(
        _ ledger: OpenLedger,
        _ counters: HookCounters,
        _ reconciler: Reconciler?,
        _ backfiller: Backfiller?,
        _ baseliner: Baseliner?,
        _ backfillState: BackfillState
    ) throws -> some Service {
        let started = ContinuousClock.now
        let listener = ControlListener(
            operations: Operations(ledger: ledger),
            reconciler: reconciler,
            backfiller: backfiller,
            baseliner: baseliner
        ) {
            ControlListener.Live(
                version: Version.text,
                pid: ProcessInfo.processInfo.processIdentifier,
                uptimeSeconds: Int((ContinuousClock.now - started).components.seconds),
                foldLag: (try? ledger.follower.lag()) ?? -1,
                hook: counters.counts.named,
                pushing: reconciler != nil,
                backfill: backfillState.last,
                fetched: backfillState.fetched
            )
        }
        return try listener.service(at: ControlPath(database: ledger.store.path), logger: logger)
    }

    private func readiness(_ ledger: OpenLedger, hookIsListening: Bool) -> Readiness {
        Readiness(
            holdsLock: true,
            storeIsOpen: ledger.store.failure == nil,
            hookIsListening: hookIsListening,
            foldLag: (try? ledger.follower.lag()) ?? .max
        )
    }
}

/// Gathers the ports as the listeners open, and reports once both are.
private final class Listening: Sendable {
    private let state = Mutex(LedgerService.Ports())
    private let report: @Sendable (LedgerService.Ports) async -> Void

    init(report: @escaping @Sendable (LedgerService.Ports) async -> Void) { self.report = report }

    var ports: LedgerService.Ports { state.withLock { $0 } }

    func opened(hook: Int? = nil, ops: Int? = nil) async {
        let ports = state.withLock { ports in
            ports.hook = ports.hook ?? hook
            ports.ops = ports.ops ?? ops
            return ports
        }
        // In a task of its own: the server accepts connections only once this returns.
        if ports.hook != nil, ports.ops != nil { Task { [report] in await report(ports) } }
    }
}

/// A listener could not open its port.
struct PortInUse: Error, CustomStringConvertible {
    let description: String

    /// `nil` where the error is another one.
    init?(_ error: any Error, _ settings: Settings) {
        guard let error = error as? IOError, error.errnoCode == EADDRINUSE else { return nil }
        description =
            "A port is in use by another process: hook.port is \(settings.hook.port) (LEDGER_HOOK_PORT), ops.port is "
            + "\(settings.ops.port) (LEDGER_OPS_PORT). End the other process or choose other ports."
    }
}

/// `Settings.load(for: .serve)` always has them.
struct MissingOktaSettings: Error, CustomStringConvertible {
    let description = "okta.secret is not set."
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
