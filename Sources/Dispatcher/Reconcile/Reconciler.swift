public import Ledger
public import Projector
import SCIM

/// Reads the directory's members of each bound group, and compares them with what is desired and believed.
public struct Reconciler: Sendable {
    private let log: any EntryLog
    private let fold: any FoldedLog
    private let directory: any Directory
    private let dispatcher: Dispatcher

    /// Lookups at once.
    private static let parallel = 16

    /// A reconciler of one log with one directory.
    /// - Parameters:
    ///   - log: where what was learned goes.
    ///   - fold: the same log, folded.
    ///   - directory: whose members are read.
    ///   - dispatcher: what looks up who is not bound yet; all bindings of a process go through one.
    public init(log: any EntryLog, fold: any FoldedLog, directory: any Directory, dispatcher: Dispatcher) {
        self.log = log
        self.fold = fold
        self.directory = directory
        self.dispatcher = dispatcher
    }

    /// Compares, group after group. One that cannot be read stops no other.
    /// - Parameters:
    ///   - group: Okta id of the one group to compare; all in scope where `nil`.
    ///   - recording: whether what the ledger did not believe is written down. The difference then asks for what is to be
    ///     sent, and the dispatcher sends it.
    /// - Returns: what was found.
    /// - Throws: the log's or the fold's error.
    public func run(group: String?, recording: Bool) async throws -> Reconciliation {
        try await fold.folded(through: try log.count() - 1)
        let (groups, paused) = try await fold.differences { reader in
            (try reader.groupsInScope(), try reader.pauseReason())
        }
        var result = Reconciliation(paused: paused)
        if let group, !groups.contains(group) {
            result.skip(try await fold.differences { try $0.known(ofGroup: group) }, reason: "not in scope")
        }
        for id in groups.filter({ group == nil || $0 == group }).sorted() {
            try Task.checkCancellation()
            try await compare(id, recording: recording, into: &result)
        }
        return result
    }

    private func compare(_ id: String, recording: Bool, into result: inout Reconciliation) async throws {
        if recording { try await bind(id) }
        let reading = MemberReading(log: log, fold: fold) { (group) async throws(SCIMError) in try await read(group) }
        switch try await reading.compare(id, recording: recording, record) {
        case .compared(let drift): result.groups.append(drift)
        case .skipped(let known, let reason): result.skip(known, reason: reason)
        case .failed(let known, let error): result.skip(known, reason: "\(error)")
        case .empty: break
        }
    }

    /// Members of a group, asked again where the directory only wants to be left alone for a while; `nil` for no group.
    private func read(_ group: String) async throws(SCIMError) -> [String]? {
        var tries = 1
        while true {
            do throws(SCIMError) {
                return try await directory.existing(try await directory.members(of: group), of: group)
            } catch {
                guard tries < Self.mostTries, let pause = Self.pause(after: error) else { throw error }
                guard (try? await dispatcher.surroundings.sleep(pause.microseconds)) != nil else { throw error }
                tries += 1
            }
        }
    }

    /// How long to leave the directory alone before the same question; `nil` where asking again is of no use.
    private static func pause(after error: SCIMError) -> Duration? {
        switch error.kind {
        case .throttled(let wait): min(wait ?? .seconds(1), longestPause)
        case .notAsked: .seconds(5)
        default: nil
        }
    }

    private static let mostTries = 5
    private static let longestPause = Duration.seconds(60)

    /// Looks up the group and its users, those whom nobody has looked up yet: on a first start nothing is bound. What was
    /// looked for and not found, the dispatcher looks for again by its schedule.
    private func bind(_ id: String) async throws {
        let group = try await fold.differences { try $0.known(ofGroup: id) }
        if group.state.binding == nil {
            let subject = Subject(kind: .group, id: id)
            _ = try await dispatcher.lookUp(Question(subject: subject, name: group.state.name, known: nil))
        }
        let questions = group.pairs.filter { $0.binding == nil && $0.state.isOurs }.map {
            Question(subject: Subject(kind: .user, id: $0.user), name: $0.login, known: nil)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, question) in questions.enumerated() {
                if index >= Self.parallel { try await tasks.next() }
                tasks.addTask { _ = try await dispatcher.lookUp(question) }
            }
            try await tasks.waitForAll()
        }
    }

    @Sendable private func record(_ body: MembersBody) async throws {
        let entry = NewEntry(kind: .scimObservation, key: nil, body: try EntryJSON.encode(body))
        try await fold.folded(through: try await log.append(entry).position)
    }
}

/// What comparing the directory with the ledger showed.
public struct Reconciliation: Codable, Hashable, Sendable {
    /// A group that could not be compared.
    public struct Skipped: Codable, Hashable, Sendable {
        /// Okta group id.
        public let group: String
        /// The group's latest name.
        public let groupName: String?
        /// Why, for people.
        public let reason: String

        private enum CodingKeys: String, CodingKey {
            case group, reason
            case groupName = "group_name"
        }
    }

    /// The groups that were compared, by their Okta ids.
    public internal(set) var groups: [GroupDrift] = []
    /// Those that could not be.
    public private(set) var skipped: [Skipped] = []
    /// Why nothing is sent; `nil` while sending is allowed.
    public let paused: String?

    init(paused: String?) { self.paused = paused }

    mutating func skip(_ known: KnownGroup, reason: String) {
        skipped.append(Skipped(group: known.group, groupName: known.state.name, reason: reason))
    }

    /// The pairs of which desired, believed and real membership do not agree.
    public var pairs: Set<PairID> {
        Set(groups.flatMap { group in group.pairs.map { PairID(group: group.group, user: $0.user) } })
    }
}
