import Dispatcher
import Projector
import SQLiteStore

extension Operations {
    /// What `ledger reconcile` asks for.
    struct Reconcile: Codable, Sendable {
        /// Okta id of the one group to compare; all in scope where `nil`.
        let group: String?
        /// Who wants what differs to be pushed, and why; only compares where `nil`.
        let fix: Request?

        /// What is kept in the log.
        struct Request: Codable, Sendable {
            let operatorName: String
            let reason: String
        }
    }

    /// Reads the directory's members and compares. Where it is to be fixed, writes down who asked, and what the ledger did
    /// not believe; pushing is the dispatcher's. Else nothing is written.
    func reconcile(_ request: Reconcile, by reconciler: Reconciler, uid: Int) async throws -> Reconciliation {
        // The tables may be behind the log that was found.
        try await ledger.follower.folded(through: ledger.opened)
        if let fix = request.fix {
            _ = try await act(
                OperatorBody(
                    action: .reconcile,
                    operatorName: fix.operatorName,
                    uid: uid,
                    reason: fix.reason,
                    group: request.group
                )
            )
        }
        return try await reconciler.run(group: request.group, recording: request.fix != nil)
    }
}

/// There is no directory to ask.
struct NoDirectory: Error, CustomStringConvertible {
    let description =
        "The directory cannot be asked: push.mode is off. Set push.mode, scim.url and scim.token where the service runs, "
        + "and restart it."
}
