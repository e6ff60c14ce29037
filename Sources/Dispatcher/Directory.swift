public import SCIM

/// The directory as the dispatcher needs it: questions, and requests that were written down before.
///
/// - An implementation MUST send a request at most once by itself, and MUST say `.notSent` only where no byte of it left.
/// - The dispatcher MUST write the attempt before `send`, and MUST write every outcome.
public protocol Directory: Sendable {
    /// Which form of remove it understands.
    var dialect: Dialect { get }
    /// The user whose `externalId` is exactly this.
    func userByExternalID(_ externalID: String) async throws(SCIMError) -> Lookup<SCIMUser>
    /// The user of this `userName`.
    func userByUserName(_ userName: String) async throws(SCIMError) -> Lookup<SCIMUser>
    /// The group whose `displayName` is exactly this.
    func groupByDisplayName(_ displayName: String) async throws(SCIMError) -> Lookup<SCIMGroup>
    /// Sends a request and tells what came of it.
    func send(_ request: SCIMRequest) async -> SCIMOutcome
}

extension SCIMClient: Directory {
    /// Which form of remove the target understands.
    public var dialect: Dialect { target.dialect }
}

extension SCIMError {
    /// What the error says of the directory as a whole; `nil` where only this question is concerned.
    func trouble(now: Int64) -> DispatchCore.Trouble? {
        switch kind {
        case .transport: .unreachable
        case .serverFailed(_, let wait): wait.map { .throttled(until: now + $0.microseconds) } ?? .unreachable
        case .throttled(let wait): .throttled(until: wait.map { now + $0.microseconds })
        case .unauthorized: .unauthorized
        case .notFound, .refused, .foreignContent, .malformed, .incompleteList, .endlessList, .invalidID: nil
        }
    }
}
