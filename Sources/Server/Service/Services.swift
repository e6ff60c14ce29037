import Dispatcher
import SQLiteStore
import ServiceLifecycle

/// Ends the process when the store breaks: nothing is acknowledged any more, and a fresh start finds what is durable.
struct FailureWatch: Service {
    let store: Store

    func run() async throws {
        for await failure in store.failures.cancelOnGracefulShutdown() { throw failure }
        try? await gracefulShutdown()
    }
}

/// Folds until told to stop.
struct FollowerService: Service {
    let follower: Follower

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await follower.run()
        } onGracefulShutdown: {
            follower.stop()
        }
    }
}

/// Pushes until told to stop; what is under way then gets its outcome.
struct DispatcherService: Service {
    let dispatcher: Dispatcher
    let ledger: OpenLedger

    func run() async throws {
        try await withGracefulShutdownHandler {
            // The tables may be behind the log: what they ask for then, later entries may have taken back.
            do {
                try await ledger.follower.folded(through: ledger.opened)
            } catch is CancellationError {
                return
            }
            try await dispatcher.run()
        } onGracefulShutdown: {
            dispatcher.stop()
        }
    }
}
