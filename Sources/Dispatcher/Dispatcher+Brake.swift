import Ledger
import Logging
import Projector
import SCIM

extension Dispatcher {
    /// Counts a group's members before the window's removals: in the directory, or, where only this question is not
    /// answered, as far as the log knows.
    func count(_ group: String, _ directoryGroup: String, _ removed: [PushedChange]) async throws -> Ending {
        do throws(SCIMError) {
            let members = try await members(of: group, directoryGroup)
            return .braked(group: group, size: Set(members).union(removed.map(\.member)).count)
        } catch {
            switch error.concern(now: surroundings.now()) {
            case .directory, .notAsked:
                try await recordDirectory()
                return .braked(group: group, size: nil)
            case .noAnswer, .question: break
            }
        }
        let known = try await fold.differences { try $0.knownMembers(ofGroup: group) }
        return .braked(group: group, size: Set(known).union(removed.map(\.user)).count)
    }

    /// Writes down that a group is held, and waits until that is folded.
    func hold(_ body: HoldBody) async throws -> Ending {
        let entry = NewEntry(kind: .pushHeld, key: nil, body: try EntryJSON.encode(body))
        if let position = try await write(entry, evenWhileStopping: false) {
            try await fold.folded(through: position)
            let name = HoldBody.name(at: position)
            logger.error(
                "the brake holds a group: look at it with `ledger approve \(name) --dry-run`",
                metadata: [
                    "hold": "\(name)", "group": "\(body.group)", "reason": "\(body.reason.rawValue)",
                    "counted": "\(body.counted)", "allowed": "\(body.allowed)", "changes": "\(body.pairs.count)",
                ]
            )
        }
        return .braked(group: body.group, size: nil)
    }
}
