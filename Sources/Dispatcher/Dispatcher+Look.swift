import Ledger
import Projector
import SCIM

extension Dispatcher {
    /// Reads who is in a group of which a baseline asks for something, and writes down what that shows: what is there
    /// already need not be sent.
    func look(at group: String) async throws -> Ending {
        let reading = MemberReading(log: log, fold: fold) { (directoryGroup) async throws(SCIMError) in
            let members = try await self.members(of: group, directoryGroup)
            return try await self.directory.existing(members, of: directoryGroup)
        }
        let result = try await reading.compare(group, recording: true) { _ = try await self.record($0) }
        try await recordDirectory()
        return switch result {
        case .compared: .looked(group: group, isDone: true, mayBeGone: false)
        case .skipped: .looked(group: group, isDone: false, mayBeGone: true)
        case .empty, .failed: .looked(group: group, isDone: false, mayBeGone: false)
        }
    }
}
