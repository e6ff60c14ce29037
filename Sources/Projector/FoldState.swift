/// Where the fold keeps what it derives: derived tables in a store, or dictionaries in memory.
///
/// A state is used by one fold at a time, inside one transaction of the store.
/// - The store MUST give back exactly what was saved, MUST make the whole batch durable together with the cursor or not
///   at all, and MUST NOT derive anything of its own.
/// - The fold MUST NOT keep anything outside the state, and MUST NOT read the clock.
/// Errors are the store's own; the fold passes them on.
public protocol FoldState: AnyObject {
    /// What holds for the whole ledger.
    var control: ControlState { get throws }
    /// Saves what holds for the whole ledger.
    func save(_ control: ControlState) throws

    /// Every copy of an event, in any order.
    func copies(of uuid: String) throws -> [JudgedCopy]
    /// The copy that stands for an event: the one that is no duplicate.
    /// - Complexity: a store SHOULD NOT look at every copy where the one recorded first stands for the event.
    func standing(for uuid: String) throws -> JudgedCopy?
    /// Saves a copy, new or judged anew.
    func save(_ copy: JudgedCopy) throws
    /// Saves that something at a place could not be read, under a short reason.
    func saveUnreadable(at place: EventPlace, source: EventCopy.Source, reason: String) throws
    /// The copies that stand for events of a pair, in any order.
    func copies(group: String, user: String) throws -> [JudgedCopy]
    /// The copies that stand for events that name a group, in any order.
    func copies(namingGroup group: String) throws -> [JudgedCopy]
    /// The copies that stand for events that name a user, in any order. The fold saves the pair of every event that counts
    /// before it asks, so a store may look among the user's pairs.
    func copies(namingUser user: String) throws -> [JudgedCopy]
    /// Whether an operator let an event through.
    func isApproved(_ uuid: String) throws -> Bool
    /// Saves that an operator let an event through, at the position of the entry that says so.
    func approve(_ uuid: String, at position: Int64) throws

    /// A pair; a new one where nothing is known.
    func pair(_ id: PairID) throws -> PairState
    /// Saves a pair.
    func save(_ pair: PairState, _ id: PairID) throws
    /// Every known pair of a group, in any order.
    func pairs(ofGroup group: String) throws -> [PairID]
    /// Every known pair of a user, in any order.
    func pairs(ofUser user: String) throws -> [PairID]

    /// A group; a new one where nothing is known.
    func group(_ id: String) throws -> GroupState
    /// Saves a group.
    func save(_ group: GroupState, _ id: String) throws
    /// Every known group, in any order.
    func groups() throws -> [String]

    /// A user; a new one where nothing is known.
    func user(_ id: String) throws -> UserState
    /// Saves a user.
    func save(_ user: UserState, _ id: String) throws
    /// Every known user that has a binding, in any order.
    func boundUsers() throws -> [String]

    /// An attempt, if it was announced.
    func attempt(_ id: String) throws -> AttemptState?
    /// Saves an attempt.
    func save(_ attempt: AttemptState) throws
    /// The attempts of one group that were announced at or after a position, in the order of their announcements.
    func attempts(ofGroup group: String, from position: Int64) throws -> [AttemptState]
    /// Attempts without an outcome and without an end, in any order.
    func openAttempts() throws -> [AttemptState]

    /// The hold whose entry is at a position.
    func hold(_ position: Int64) throws -> HoldState?
    /// Saves a hold, new or ended.
    func save(_ hold: HoldState) throws

    /// The last span of listening.
    func lastSpan() throws -> ListeningSpan?
    /// Saves a span, new or ended.
    func save(_ span: ListeningSpan) throws

    /// The spans that backfills have covered, in order, none touching another.
    func coveredSpans() throws -> [CoveredSpan]
    /// Saves them all, in place of those before.
    func save(_ covered: [CoveredSpan]) throws
    /// The same spans on Okta's clock, as it was when each was covered: of what was published in one and is true, the
    /// System Log has told.
    func toldSpans() throws -> [CoveredSpan]
    /// Saves them all, in place of those before.
    func save(told: [CoveredSpan]) throws
}
