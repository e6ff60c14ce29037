import Dispatcher
import Foundation
import GRDB
import Ledger
import Projector
import SQLiteStore

/// What operators can ask of a ledger, whether the service runs (over its socket) or not (in the command itself).
struct Operations: Sendable {
    let ledger: OpenLedger

    /// What `ledger replay` asks for.
    struct Replay: Codable, Sendable {
        let selection: PushPlan.Selection
        /// Only this plan may be carried out.
        let plan: String?
        let operatorName: String
        let reason: String
    }

    /// What `ledger backfill` asks for.
    struct Backfill: Codable, Sendable {
        /// From when on, in microseconds since 1970; `nil` from where the ledger stands.
        let since: Int64?
    }

    /// What became of it.
    struct Replayed: Codable, Sendable {
        /// Entries folded.
        let entries: Int64
        /// What is to be pushed now.
        let plan: PushPlan
        /// Why nothing is sent, if so.
        let paused: String?
    }

    /// Writes down an action and waits until the fold has taken it over.
    /// - Throws: `NotHeld` where an event or a hold to be approved is not held now.
    func act(_ body: OperatorBody) async throws -> Int64 {
        if body.action == .approve { try NotHeld.check(body, in: ledger.store) }
        let position = try await ledger.append(.operatorAction, body)
        try await ledger.follower.folded(through: position)
        return position
    }

    /// Rebuilds the fold beside the live tables, forgets what the directory holds of the chosen pairs if asked, and says
    /// what is to be pushed. Pushing is the dispatcher's.
    /// - Throws: `PlanChanged` where another plan was agreed to; nothing was done then.
    func replay(_ request: Replay, uid: Int) async throws -> Replayed {
        // Rebuilding changes nothing that was agreed to, but may show that the plan has changed: so it comes first.
        try await rebuild()
        let plan = try await self.plan(request.selection)
        if let agreed = request.plan, agreed != plan.id { throw PlanChanged(agreed: agreed, now: plan.id) }
        _ = try await act(request, .replay, uid: uid, plan: plan.id)
        if request.selection.reassert { _ = try await act(request, .reassert, uid: uid, plan: plan.id) }
        let rest = try await self.plan(PushPlan.Selection(from: request.selection.from, reassert: false))
        return Replayed(
            entries: try ledger.projection.cursor(),
            plan: rest,
            paused: try await ledger.follower.differences { try $0.pauseReason() }
        )
    }

    /// The plan as of now.
    func plan(_ selection: PushPlan.Selection) async throws -> PushPlan {
        try await ledger.follower.differences { try PushPlan(selection, $0) }
    }

    private func act(_ request: Replay, _ action: OperatorBody.Action, uid: Int, plan: String) async throws -> Int64 {
        try await act(
            OperatorBody(
                action: action,
                operatorName: request.operatorName,
                uid: uid,
                reason: request.reason,
                from: request.selection.from,
                plan: plan
            )
        )
    }

    private func rebuild() async throws {
        let (projection, follower) = (ledger.projection, ledger.follower)
        try await follower.folded(through: ledger.opened)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try projection.rebuild()
                        try follower.touchAll()
                    }
                )
            }
        }
    }
}

/// The plan that was agreed to is not what would be done now.
struct PlanChanged: Error, CustomStringConvertible {
    let agreed: String
    let now: String

    var description: String {
        "The plan has changed: \(agreed) was agreed to, \(now) is what would be done now. Nothing was done. "
            + "Look at it with `ledger replay --dry-run`."
    }
}
