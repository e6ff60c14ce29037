import HTTPTransport
public import SCIM

/// The directory as the dispatcher needs it: questions, and requests that were written down before.
///
/// - An implementation MUST send a request at most once by itself, and MUST say `.notSent` only where no byte of it left.
/// - An implementation MUST let the requests of its lookups leave within what the directory bears.
/// - The dispatcher MUST write the attempt and wait for its `turn` before `send`, and MUST write every outcome.
public protocol Directory: Sendable {
    /// Which form of remove it understands.
    var dialect: Dialect { get }
    /// The user whose `externalId` is exactly this.
    func userByExternalID(_ externalID: String) async throws(SCIMError) -> Lookup<SCIMUser>
    /// The user of this `userName`.
    func userByUserName(_ userName: String) async throws(SCIMError) -> Lookup<SCIMUser>
    /// The group whose `displayName` is exactly this.
    func groupByDisplayName(_ displayName: String) async throws(SCIMError) -> Lookup<SCIMGroup>
    /// Whether there is a user of this id of the directory's own.
    func hasUser(_ id: String) async throws(SCIMError) -> Bool
    /// Whether there is a group of this id of the directory's own.
    func hasGroup(_ id: String) async throws(SCIMError) -> Bool
    /// The ids of a group's members: the directory's own, each once.
    func members(of groupID: String) async throws(SCIMError) -> [String]
    /// The most changes to put into one request now, 1 to 100.
    var changesInARequest: Int { get }
    /// Returns when a request with so many changes may leave within what the directory bears; it must leave at once.
    func turn(changes: Int) async throws(CancellationError)
    /// The directory is to be left alone for so long: lookups that have not left yet MUST fail with `notAsked`.
    func close(for wait: Duration)
    /// Sends a request with so many changes and tells what came of it.
    func send(_ request: SCIMRequest, changes: Int) async -> SCIMOutcome
}

extension Directory {
    /// The members that were read of a group; `nil` where there is no such group: directories that find members by a filter
    /// answer with nobody for a group that they do not have.
    func existing(_ members: [String], of groupID: String) async throws(SCIMError) -> [String]? {
        if members.isEmpty, try await !hasGroup(groupID) { return nil }
        return members
    }
}

extension SCIMClient: Directory {
    /// Which form of remove the target understands.
    public var dialect: Dialect { target.dialect }
}

extension SCIMError {
    /// Whom a failed lookup concerns.
    enum Concern: Hashable, Sendable {
        /// Every request to the directory.
        case directory(Target.Trouble)
        /// Perhaps only this question: there was no answer to it, and others may well get one.
        case noAnswer
        /// Nobody: it was not asked, because the directory is to be left alone.
        case notAsked
        /// This question: it was answered, but not usefully.
        case question
    }

    /// Whom it concerns. One question that the directory cannot bear must not hold up all others, so only what is
    /// certain to be about the directory counts against it.
    func concern(now: Int64) -> Concern {
        switch kind {
        case .transport(let error): error.requestMayHaveArrived ? .noAnswer : .directory(.unreachable)
        case .serverFailed(_, let wait?): .directory(.throttled(until: now + wait.microseconds))
        case .serverFailed(_, nil), .foreignContent: .noAnswer
        case .throttled(let wait): .directory(.throttled(until: wait.map { now + $0.microseconds }))
        case .unauthorized: .directory(.unauthorized)
        case .notAsked: .notAsked
        case .notFound, .refused, .malformed, .incompleteList, .endlessList, .invalidID: .question
        }
    }
}
