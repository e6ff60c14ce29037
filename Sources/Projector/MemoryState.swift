import Okta

/// The fold's state in dictionaries: for tests, for simulation, and as the plainest reading of `FoldState`.
public final class MemoryState: FoldState {
    /// What holds for the whole ledger.
    public private(set) var control = ControlState()
    /// Every copy of every event, by uuid.
    public private(set) var events: [String: [EventPlace: JudgedCopy]] = [:]
    /// What could not be read, and why.
    public private(set) var unreadable: [EventPlace: String] = [:]
    /// Every pair.
    public private(set) var pairs: [PairID: PairState] = [:]
    /// Every group.
    public private(set) var groupStates: [String: GroupState] = [:]
    /// Every user.
    public private(set) var userStates: [String: UserState] = [:]
    /// Every attempt.
    public private(set) var attempts: [String: AttemptState] = [:]
    /// Every hold, by the position of its entry.
    public private(set) var holds: [Int64: HoldState] = [:]
    /// Every span of listening, by the position at which it began.
    public private(set) var spans: [Int64: ListeningSpan] = [:]
    /// The spans that backfills have covered, in order.
    public private(set) var covered: [CoveredSpan] = []
    /// The same on Okta's clock.
    public private(set) var told: [CoveredSpan] = []
    private var approved: Set<String> = []
    private var pairsOfGroup: [String: Set<PairID>] = [:]
    /// Ids of the attempts of each group, in the order of their announcements.
    var attemptsOfGroup: [String: [String]] = [:]
    private var pairsOfUser: [String: Set<PairID>] = [:]
    /// Who is bound to each id of the directory.
    private var userHolders: [String: Set<String>] = [:]
    private var groupHolders: [String: Set<String>] = [:]

    /// The state before the first entry.
    public init() {}

    /// Saves what holds for the whole ledger.
    public func save(_ control: ControlState) { self.control = control }

    /// Every copy of an event.
    public func copies(of uuid: String) -> [JudgedCopy] {
        (events[uuid] ?? [:]).values.sorted { $0.copy.place < $1.copy.place }
    }

    /// The copy that stands for an event.
    public func standing(for uuid: String) -> JudgedCopy? {
        events[uuid]?.values.first { copy in
            if case .duplicate = copy.judgement { false } else { true }
        }
    }

    /// Saves a copy.
    public func save(_ copy: JudgedCopy) { events[copy.copy.uuid, default: [:]][copy.copy.place] = copy }

    /// Saves that something could not be read.
    public func saveUnreadable(at place: EventPlace, source: EventCopy.Source, reason: String) {
        unreadable[place] = reason
    }

    /// The copies that stand for events of a pair.
    public func copies(group: String, user: String) -> [JudgedCopy] {
        standing { $0.group?.id == group && $0.user?.id == user }
    }

    /// The copies that stand for events that name a group.
    public func copies(namingGroup group: String) -> [JudgedCopy] { standing { $0.group?.id == group } }

    /// The copies that stand for events that name a user.
    public func copies(namingUser user: String) -> [JudgedCopy] { standing { $0.user?.id == user } }

    private func standing(_ condition: (EventCopy) -> Bool) -> [JudgedCopy] {
        events.values.flatMap(\.values).filter { judged in
            if case .duplicate = judged.judgement { return false }
            return condition(judged.copy)
        }
    }

    /// Whether an operator let an event through.
    public func isApproved(_ uuid: String) -> Bool { approved.contains(uuid) }

    /// Saves that an operator let an event through.
    public func approve(_ uuid: String, at position: Int64) { approved.insert(uuid) }

    /// A pair.
    public func pair(_ id: PairID) -> PairState { pairs[id] ?? PairState() }

    /// Saves a pair.
    public func save(_ pair: PairState, _ id: PairID) {
        guard pairs.updateValue(pair, forKey: id) == nil else { return }
        pairsOfGroup[id.group, default: []].insert(id)
        pairsOfUser[id.user, default: []].insert(id)
    }

    /// Every known pair of a group.
    public func pairs(ofGroup group: String) -> [PairID] { Array(pairsOfGroup[group] ?? []) }

    /// Every known pair of a user.
    public func pairs(ofUser user: String) -> [PairID] { Array(pairsOfUser[user] ?? []) }

    /// A group.
    public func group(_ id: String) -> GroupState { groupStates[id] ?? GroupState() }

    /// Saves a group.
    public func save(_ group: GroupState, _ id: String) {
        let former = groupStates.updateValue(group, forKey: id)?.binding?.directoryID
        Self.hold(id, former, group.binding?.directoryID, in: &groupHolders)
    }

    /// Every known group.
    public func groups() -> [String] { Array(groupStates.keys) }

    /// A user.
    public func user(_ id: String) -> UserState { userStates[id] ?? UserState() }

    /// Saves a user.
    public func save(_ user: UserState, _ id: String) {
        let former = userStates.updateValue(user, forKey: id)?.binding?.directoryID
        Self.hold(id, former, user.binding?.directoryID, in: &userHolders)
    }

    private static func hold(
        _ id: String,
        _ former: String?,
        _ directoryID: String?,
        in holders: inout [String: Set<String>]
    ) {
        guard former != directoryID else { return }
        if let former { holders[former]?.remove(id) }
        if let directoryID { holders[directoryID, default: []].insert(id) }
    }

    /// The Okta id that a directory id is bound to.
    public func holder(of directoryID: String, _ subject: ObservationBody.Subject) -> String? {
        switch subject {
        case .user: userHolders[directoryID]?.min()
        case .group: groupHolders[directoryID]?.min()
        }
    }

    /// Every user that has a binding.
    public func boundUsers() -> [String] { userStates.filter { $0.value.binding != nil }.map(\.key) }

    /// An attempt.
    public func attempt(_ id: String) -> AttemptState? { attempts[id] }

    /// Saves an attempt.
    public func save(_ attempt: AttemptState) {
        let isNew = attempts.updateValue(attempt, forKey: attempt.body.id) == nil
        if isNew { attemptsOfGroup[attempt.body.group, default: []].append(attempt.body.id) }
    }

    /// The attempts of one group that were announced at or after a position.
    public func attempts(ofGroup group: String, from position: Int64) -> [AttemptState] {
        (attemptsOfGroup[group] ?? []).compactMap { attempts[$0] }.filter { $0.position >= position }
    }

    /// Attempts whose outcome is not known and still waited for.
    public func openAttempts() -> [AttemptState] { attempts.values.filter { $0.endedAt == nil } }

    /// The hold whose entry is at a position.
    public func hold(_ position: Int64) -> HoldState? { holds[position] }

    /// Saves a hold.
    public func save(_ hold: HoldState) { holds[hold.position] = hold }

    /// The last span of listening.
    public func lastSpan() -> ListeningSpan? { spans.max { $0.key < $1.key }?.value }

    /// Saves a span.
    public func save(_ span: ListeningSpan) { spans[span.position] = span }

    /// The spans that backfills have covered.
    public func coveredSpans() -> [CoveredSpan] { covered }

    /// Saves the spans that backfills have covered.
    public func save(_ covered: [CoveredSpan]) { self.covered = covered }

    /// The same spans on Okta's clock.
    public func toldSpans() -> [CoveredSpan] { told }

    /// Saves them.
    public func save(told: [CoveredSpan]) { self.told = told }
}
