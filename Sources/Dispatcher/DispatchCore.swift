public import Projector
public import SCIM

/// Decides what to send and when. It holds what a restart may forget: what is under way, when to look again, whether
/// the whole directory asks for time. All else is read from the fold. Times are microseconds since 1970.
///
/// A group's difference is read only when there is room for its request, so what leaves is the latest state and never
/// waits in a queue. While one is read, `concluded`, `lookedUp`, `lookupFailed` and `outdated` must not be called: so it is
/// never older than what the core knows to have ended.
public struct DispatchCore: Sendable {
    /// What the shell is to do next.
    public enum Step: Hashable, Sendable {
        /// Read the difference of this group and give it to `plan`.
        case read(group: String)
        /// Ask the directory and give what came of it to `lookedUp`, `lookupFailed` or `outdated`.
        case ask(Question)
        /// Read the members of this group, by the directory's id, and give what came of it to `membersRead`.
        case members(group: String, directoryGroup: String)
        /// Read the members of this group, write down what that shows, and give what came of it to `looked`.
        case look(group: String)
    }

    /// How far the one group is whose removal is to show whether the directory carries out removals as it should.
    private enum Proof: Sendable {
        case none
        case due(group: String, directoryGroup: String)
        case reading(group: String)
        case ready(group: String, Batch.Witnesses)
        case sending(group: String)
    }

    /// The directory as a whole.
    public private(set) var target = Target()
    /// Requests that change the directory and are under way, from being planned to being folded.
    private var requests = 0
    /// The groups of those that have not left yet.
    private var waiting: Set<String> = []
    /// Lookups under way.
    var asking = 0
    private let parallel: Int
    private var ready = Queue<String>()
    var lookups = Lookups()
    private var sending: Set<String> = []
    /// When to plan a group again if nothing else happens first.
    var wakes: [String: Int64] = [:]
    private var isLookupsTurn = false
    private var proof = Proof.none
    /// Groups whose removals wait for it.
    private var awaitingProof: Set<String> = []
    /// When a request last was carried out, of any group.
    private var lastApplied: Int64 = 0
    /// Groups at whose requests the directory failed: how often in a row, and when last.
    private var failing: [String: (tries: Int, last: Int64)] = [:]
    let brake: Brake
    /// Groups being counted or held.
    var braking: Set<String> = []
    var sizes: [String: (size: Brake.Size, countedAt: Int64)] = [:]
    /// Groups that have waited for one round of lookups with something to send.
    var hasWaited: Set<String> = []
    /// Readings of members before a proof that got no answer: how many in a row, and since when.
    private var unread: (tries: Int, since: Int64)?
    /// Groups whose members are to be read before what a baseline asks for is sent.
    var looks = Looks()

    /// Nothing under way.
    /// - Parameters:
    ///   - parallel: most requests, and most lookups, under way at once, at least 1. One that is slow must not hold up
    ///     others, so this is far above what the directory's limits let leave in the time of an answer.
    ///   - brake: what is held.
    public init(parallel: Int = 64, brake: Brake = Brake(.standard)) {
        self.parallel = max(1, parallel)
        self.brake = brake
    }

    /// Takes over from a process before this one, before anything else is decided.
    /// - Parameters:
    ///   - trouble: what is known against the directory.
    ///   - now: the time.
    public mutating func resume(_ trouble: DirectoryTrouble?, now: Int64) {
        target = Target(trouble)
        lookups = Lookups(began: now)
    }

    /// Requests and lookups under way.
    public var running: Int { requests + asking }

    /// So many requests wait for their turn to leave: one is ready when another has left, and what is sent is still new.
    private static let mostWaiting = 2

    func hasRoomForRequest(_ now: Int64) -> Bool {
        requests < parallel && waiting.count < Self.mostWaiting && target.admits(after: running, now: now)
    }

    private func hasRoomForLookup(_ now: Int64) -> Bool {
        asking < parallel && target.admits(after: running, now: now)
    }

    // MARK: What next

    /// The differences of these groups may have changed.
    public mutating func touch(_ groups: Set<String>) {
        for group in groups.sorted() { enqueue(group) }
    }

    /// A busy group is queued when what is under way for it ends.
    mutating func enqueue(_ group: String) {
        if !isBusy(group) { ready.add(group) }
    }

    func isBusy(_ group: String) -> Bool {
        sending.contains(group) || braking.contains(group) || looks.isAwaited(by: group) || lookups.isAwaited(by: group)
            || isBeingRead(group)
    }

    private func isBeingRead(_ group: String) -> Bool {
        switch proof {
        case .due(group, _), .reading(group): true
        default: false
        }
    }

    /// Time has passed: groups that waited for it are queued.
    public mutating func advance(to now: Int64) {
        let due = Set(wakes.filter { $0.value <= now }.keys)
        for group in due { wakes[group] = nil }
        touch(due)
    }

    /// The next step, if there is room for it. Reading a group and asking take turns, so that neither waits for all of
    /// the other.
    public mutating func next(now: Int64) -> Step? {
        if case .due(let group, let directoryGroup) = proof, hasRoomForLookup(now) {
            proof = .reading(group: group)
            asking += 1
            return .members(group: group, directoryGroup: directoryGroup)
        }
        if hasRoomForLookup(now), let group = looks.next() {
            asking += 1
            return .look(group: group)
        }
        isLookupsTurn.toggle()
        if isLookupsTurn || ready.isEmpty || !hasRoomForRequest(now), hasRoomForLookup(now),
            let question = lookups.next()
        {
            asking += 1
            return .ask(question)
        }
        guard hasRoomForRequest(now) else { return nil }
        return ready.next().map { .read(group: $0) }
    }

    /// When there is something to do if nothing else happens first; `nil` if never. What is queued for want of room
    /// begins when something ends.
    public func wake(now: Int64) -> Int64? {
        let isHeld = target.holdUntil > now && (!ready.isEmpty || lookups.areQueued || isProofDue || looks.areQueued)
        return [wakes.values.min(), isHeld ? target.holdUntil : nil].compactMap(\.self).min()
    }

    private var isProofDue: Bool { if case .due = proof { true } else { false } }

    /// What is to be sent for one group now; counts as under way from here on.
    /// - Parameters:
    ///   - group: the group.
    ///   - difference: its difference, read since `next` named it; `nil` where nothing is to be done or may be done.
    ///   - limit: the most changes in a request.
    ///   - isProved: whether the directory was seen to carry out removals as it should.
    ///   - now: the time.
    /// - Returns: the request to send; `nil` where none can be sent now.
    public mutating func plan(
        _ group: String,
        _ difference: GroupDifference?,
        limit: Int = MemberPatch.maximumChanges,
        isProved: Bool = true,
        now: Int64
    ) -> Batch? {
        defer { if case .ready(group, _) = proof { endProof() } }
        if !hasRoomForRequest(now) {
            // The room is gone since `next` named it.
            enqueue(group)
            return nil
        }
        wakes[group] = nil
        if difference?.changes.isEmpty ?? true { failing[group] = nil }
        guard let difference, !difference.changes.isEmpty, difference.openAttempt == nil, !isBusy(group) else {
            return nil
        }
        if let retryAt = difference.retryAt, retryAt > now {
            wakes[group] = retryAt
            return nil
        }
        let again = askWhatIsDue(difference, now: now)
        let isWaiting = isBusy(group)
        if isWaiting, hasWaited.insert(group).inserted { return nil }
        let isKnown = !lookups.isDoubted(Subject(kind: .group, id: group))
        if isKnown,
            var batch = Batch(
                of: difference,
                limit: limit,
                failures: failing[group]?.tries ?? 0,
                now: now,
                isUsable: { user in
                    !lookups.isDoubted(Subject(kind: .user, id: user))
                }
            )
        {
            if batch.removes, !isProved {
                guard let witnesses = witnesses(for: batch) else { return nil }
                batch.proof = witnesses
                // What nobody can read proves nothing: nobody need wait for it.
                if witnesses == .untold { endProof() } else { proof = .sending(group: group) }
            }
            hasWaited.remove(group)
            sending.insert(group)
            requests += 1
            waiting.insert(group)
            return batch
        }
        if !isWaiting { hasWaited.remove(group) }
        wakes[group] = again
        return nil
    }

    /// Who was a member before a removal that is to be proved; `nil` while that is not known or it is another's turn.
    private mutating func witnesses(for batch: Batch) -> Batch.Witnesses? {
        switch proof {
        case .ready(batch.group, let witnesses):
            return witnesses
        case .none:
            proof = .due(group: batch.group, directoryGroup: batch.directoryGroup)
        default:
            awaitingProof.insert(batch.group)
        }
        return nil
    }

    private mutating func endProof() {
        proof = .none
        touch(awaitingProof)
        awaitingProof = []
    }

    /// - Returns: when something is due that is not yet.
    mutating func askWhatIsDue(_ difference: GroupDifference, now: Int64) -> Int64? {
        var times: [Int64?] = []
        let group = difference.group
        let subject = Subject(kind: .group, id: group)
        // A group without a name cannot be looked for, except by the id that it is bound to.
        if difference.name != nil || lookups.isDoubted(subject) {
            let question = Question(subject: subject, name: difference.name, known: difference.binding)
            times.append(lookups.ask(question, for: group, now: now))
        }
        for change in difference.changes {
            let subject = Subject(kind: .user, id: change.user)
            if let retryAt = change.retryAt, retryAt > now {
                times.append(retryAt)
                // Whether the account is still there can be known before it is tried again.
                guard lookups.isDoubted(subject) else { continue }
            }
            let question = Question(subject: subject, name: change.login, known: change.binding)
            times.append(lookups.ask(question, for: group, now: now))
        }
        return times.compactMap(\.self).min()
    }

    // MARK: What came of it

    /// A lookup came back, and what it taught is folded.
    public mutating func lookedUp(_ question: Question, _ finding: Finding, now: Int64) {
        end(question, settled: true, ladder: finding.ladder, now: now)
    }

    /// A lookup was given up, or was for a name that is no longer the latest: it teaches nothing.
    public mutating func outdated(_ question: Question, now: Int64) {
        end(question, settled: false, ladder: nil, now: now)
    }

    /// A lookup failed, `read` was told so, and what that taught is folded.
    public mutating func lookupFailed(_ question: Question, _ error: SCIMError, now: Int64) {
        let ladder: Ladder? =
            switch error.concern(now: now) {
            case .directory, .notAsked: nil
            case .noAnswer: .connection
            case .question: .lookup
            }
        end(question, settled: false, ladder: ladder, now: now)
    }

    /// The directory answered a question or told members, or failed at it. Told at once, as what it says of the directory
    /// holds for what is about to leave.
    public mutating func read(_ error: SCIMError? = nil, now: Int64, jitter: Double) {
        switch error?.concern(now: now) {
        case nil, .question: target.answered(now: now)
        case .noAnswer, .notAsked: break
        case .directory(let trouble): target.hold(trouble, detail: error?.summary, now: now, jitter: jitter)
        }
    }

    private mutating func end(_ question: Question, settled: Bool, ladder: Ladder?, now: Int64) {
        asking -= 1
        let groups = lookups.ended(question, settled: settled, ladder: ladder, now: now)
        for group in groups { enqueue(group) }
    }

    /// A request had its turn: it leaves now, or is withheld.
    public mutating func departed(_ batch: Batch) { waiting.remove(batch.group) }

    /// Whether a request at which the directory fails is to be split: it failed at it before, and got others done since.
    public func isToBeSplit(_ batch: Batch) -> Bool {
        guard let failing = failing[batch.group], failing.last < lastApplied else { return false }
        return failing.tries >= (batch.isPiece ? 1 : Self.triesAsAWhole)
    }

    /// A request at which the directory fails is split only after so many tries before, a piece of one after one: the
    /// trouble may be the directory's, and pass.
    private static let triesAsAWhole = 2

    /// The directory answered an attempt, or did not. Told at once: what it says of the directory holds for what is
    /// about to leave.
    /// - Parameters:
    ///   - batch: what was sent.
    ///   - body: the outcome as the log will have it.
    ///   - answer: what came back.
    ///   - now: when it came back.
    ///   - jitter: 0 ..< 1.
    public mutating func answered(
        _ batch: Batch,
        _ body: OutcomeBody,
        _ answer: SCIMOutcome,
        now: Int64,
        jitter: Double
    ) {
        let group = batch.group
        if body.result == .unknown {
            failing[group] = ((failing[group]?.tries ?? 0) + 1, now)
        } else if body.result == .applied {
            // One that got through is followed by a whole request, which is split if it fails.
            failing[group] = batch.isProbe ? failing[group].map { ($0.tries + 1, $0.last) } : nil
        }
        switch body.result {
        case .applied, .refused:
            if body.result == .applied { lastApplied = now }
            target.answered(now: now)
        case .notSent, .throttled, .unauthorized, .unknown:
            guard let kind = body.concernsAll(standing: target.trouble, formerly: batch.formerReason) else { break }
            let trouble: Target.Trouble =
                switch kind {
                case .unreachable: .unreachable
                case .throttled: .throttled(until: body.holdUntil)
                case .unauthorized: .unauthorized
                }
            target.hold(trouble, detail: body.shownBy, now: now, jitter: jitter)
        }
        if batch.changes.count == 1, answer.mayMeanThatItIsGone(batch) {
            // A bound id that the directory does not know any more: look again before it is sent again.
            lookups.doubt(Subject(kind: .group, id: group))
            lookups.doubt(Subject(kind: .user, id: batch.changes[0].user))
        }
    }

    /// The outcome of an attempt is folded.
    public mutating func concluded(_ batch: Batch) {
        requests -= 1
        if case .sending(batch.group) = proof { endProof() }
        sending.remove(batch.group)
        enqueue(batch.group)
    }

    /// A directory that never tells its members cannot be tested, and a leaver must not wait for that for ever.
    private func isNeverAnswered(_ now: Int64) -> Bool {
        unread.map { now - $0.since >= Self.patienceWithReadings } ?? false
    }

    private static let patienceWithReadings: Int64 = 600_000_000

    /// The members of the group whose removal is to be proved were read, or could not be.
    public mutating func membersRead(
        _ group: String,
        _ result: Result<[String], SCIMError>,
        now: Int64,
        jitter: Double
    ) {
        asking -= 1
        switch result {
        case .success(let members):
            unread = nil
            proof = .ready(group: group, .members(members))
        case .failure(let error) where error.concern(now: now) == .question || isNeverAnswered(now):
            proof = .ready(group: group, .untold)
        case .failure(let error):
            if error.concern(now: now) == .noAnswer { unread = ((unread?.tries ?? 0) + 1, unread?.since ?? now) }
            endProof()
            let wait = Backoff.transport.delay(failures: unread?.tries ?? 1, jitter: jitter)
            wakes[group] = max(target.holdUntil, now + wait)
            return
        }
        enqueue(group)
    }

    /// The attempt was not begun, so nothing was sent.
    /// - Parameters:
    ///   - batch: what was to be sent.
    ///   - again: when to try again.
    public mutating func notBegun(_ batch: Batch, again: Int64) {
        requests -= 1
        if case .sending(batch.group) = proof { endProof() }
        departed(batch)
        sending.remove(batch.group)
        wakes[batch.group] = again
    }
}

extension SCIMOutcome {
    /// Whether the directory says that something in the request does not exist. Some say so of a member with a 400; nobody
    /// else has a reason to refuse a removal.
    fileprivate func mayMeanThatItIsGone(_ batch: Batch) -> Bool {
        if case .refused(let refusal) = classification { return refusal.reason == .notFound || batch.removes }
        return false
    }
}
