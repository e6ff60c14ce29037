public import Projector

/// Something to look up in the directory.
public struct Subject: Hashable, Sendable {
    /// A user or a group.
    public let kind: ObservationBody.Subject
    /// Its Okta id.
    public let id: String
}

/// Something that the shell is to do.
public enum Action: Hashable, Sendable {
    /// Find the directory group of a name.
    case lookUpGroup(id: String, name: String, known: Binding?)
    /// Find the directory user of an Okta user.
    case lookUpUser(id: String, login: String?, known: Binding?)
    /// Write the attempt, send the request, write the outcome.
    case send(Batch)
}

/// Decides what to send and when. It holds what a restart may forget: what is under way, when to look again, whether
/// the whole directory asks for time. All else is read from the fold. Times are microseconds since 1970.
public struct DispatchCore: Sendable {
    /// What is known of the directory as a whole.
    public struct Target: Hashable, Sendable {
        /// Nothing is sent before this.
        public internal(set) var holdUntil: Int64 = 0
        /// Failures in a row; while there are any, one request at a time probes.
        public internal(set) var failures = 0
        /// Why nothing is sent, for people.
        public internal(set) var reason: String?
    }

    /// When to look a subject up again, and for which name.
    private struct Schedule: Hashable, Sendable {
        var name: String?
        var next: Int64
        var failures: Int
    }

    /// The directory as a whole.
    public private(set) var target = Target()
    private var underWay: Set<String> = []
    /// Lookups under way, and the groups that wait for each.
    private var lookingUp: [Subject: Set<String>] = [:]
    /// How many lookups each group waits for.
    private var lookupsAwaited: [String: Int] = [:]
    private var schedules: [Subject: Schedule] = [:]
    private var doubted: Set<Subject> = []

    /// Nothing under way.
    public init() {}

    /// What is to be done for one group now, and when to ask again if nothing else happens first.
    /// - Parameters:
    ///   - difference: the group's difference, read after everything reported as done was folded.
    ///   - now: the time.
    public mutating func plan(_ difference: GroupDifference, now: Int64) -> (actions: [Action], wake: Int64?) {
        guard !isBusy(difference.group), difference.openAttempt == nil else { return ([], nil) }
        let held = max(target.holdUntil, difference.retryAt ?? 0)
        if held > now { return ([], held) }
        var wakes: [Int64] = difference.changes.compactMap(\.retryAt).filter { $0 > now }
        var actions: [Action] = []
        planGroupLookup(difference, now: now, &actions, &wakes)
        planUserLookups(difference, now: now, &actions, &wakes)
        if isBusy(difference.group) { return (actions, nil) }
        if let batch = Batch(of: difference, now: now) {
            underWay.insert(difference.group)
            return ([.send(batch)], nil)
        }
        return ([], wakes.min())
    }

    /// Whether one more may be started while `count` requests are under way.
    public func admits(_ count: Int, limit: Int, now: Int64) -> Bool {
        target.holdUntil <= now && count < (target.failures > 0 ? 1 : limit)
    }

    // MARK: Lookups

    private mutating func planGroupLookup(
        _ difference: GroupDifference,
        now: Int64,
        _ actions: inout [Action],
        _ wakes: inout [Int64]
    ) {
        guard let name = difference.name else { return }
        let subject = Subject(kind: .group, id: difference.group)
        if due(subject, name: name, bound: difference.binding?.finding == .bound, for: difference.group, now: now, &wakes) {
            actions.append(.lookUpGroup(id: difference.group, name: name, known: difference.binding))
        }
    }

    private mutating func planUserLookups(
        _ difference: GroupDifference,
        now: Int64,
        _ actions: inout [Action],
        _ wakes: inout [Int64]
    ) {
        for change in difference.changes where (change.retryAt ?? 0) <= now {
            let subject = Subject(kind: .user, id: change.user)
            let bound = change.binding?.finding == .bound
            if due(subject, name: change.login, bound: bound, for: difference.group, now: now, &wakes) {
                actions.append(.lookUpUser(id: change.user, login: change.login, known: change.binding))
            }
        }
    }

    /// Whether to begin a lookup now. Groups that need one under way are planned again when it ends.
    private mutating func due(
        _ subject: Subject,
        name: String?,
        bound: Bool,
        for group: String,
        now: Int64,
        _ wakes: inout [Int64]
    ) -> Bool {
        if bound && !doubted.contains(subject) { return false }
        if let waiting = lookingUp[subject] {
            if !waiting.contains(group) { wait(for: subject, group) }
            return false
        }
        if let schedule = schedules[subject], schedule.name == name, schedule.next > now {
            wakes.append(schedule.next)
            return false
        }
        wait(for: subject, group)
        return true
    }

    private mutating func wait(for subject: Subject, _ group: String) {
        lookingUp[subject, default: []].insert(group)
        lookupsAwaited[group, default: 0] += 1
    }

    /// The groups that wait for no other lookup now.
    private mutating func release(_ subject: Subject) -> Set<String> {
        let waiting = lookingUp.removeValue(forKey: subject) ?? []
        return waiting.filter { group in
            let left = (lookupsAwaited[group] ?? 1) - 1
            lookupsAwaited[group] = left > 0 ? left : nil
            return left <= 0
        }
    }

    /// Whether planning a group now is of no use: it is planned again when what is under way for it ends.
    func isBusy(_ group: String) -> Bool { underWay.contains(group) || lookupsAwaited[group] != nil }

    /// A lookup came back, and what it taught is folded.
    /// - Returns: groups to plan again.
    public mutating func lookedUp(
        _ subject: Subject,
        name: String?,
        _ finding: Finding,
        now: Int64,
        jitter: Double
    ) -> Set<String> {
        directoryAnswered()
        doubted.remove(subject)
        if finding == .bound {
            schedules[subject] = nil
        } else {
            scheduleLookup(subject, name: name, now: now, jitter: jitter)
        }
        return release(subject)
    }

    /// A lookup failed.
    /// - Parameter trouble: what it says of the directory as a whole; `nil` where only this lookup is concerned.
    /// - Returns: groups to plan again.
    public mutating func lookupFailed(
        _ subject: Subject,
        name: String?,
        trouble: Trouble?,
        now: Int64,
        jitter: Double
    ) -> Set<String> {
        if let trouble {
            hold(trouble, now: now, jitter: jitter)
        } else {
            directoryAnswered()
            scheduleLookup(subject, name: name, now: now, jitter: jitter)
        }
        return release(subject)
    }

    private mutating func scheduleLookup(_ subject: Subject, name: String?, now: Int64, jitter: Double) {
        let failures = (schedules[subject]?.name == name ? schedules[subject]?.failures ?? 0 : 0) + 1
        let next = now + Backoff.lookup.delay(failures: failures, jitter: jitter)
        schedules[subject] = Schedule(name: name, next: next, failures: failures)
    }

    // MARK: Sends

    /// An attempt ended, and its outcome is folded.
    public mutating func sent(_ batch: Batch, _ outcome: OutcomeBody, notFound: Bool, now: Int64, jitter: Double) {
        underWay.remove(batch.group)
        switch outcome.result {
        case .applied, .refused:
            directoryAnswered()
        case .notSent:
            hold(.unreachable, now: now, jitter: jitter)
        case .throttled:
            hold(.throttled(until: outcome.retryAt), now: now, jitter: jitter)
        case .unauthorized:
            hold(.unauthorized, now: now, jitter: jitter)
        case .unknown:
            break
        }
        // A bound id that the directory does not know any more: look again before sending it again.
        guard notFound, batch.changes.count == 1 else { return }
        doubted.insert(Subject(kind: .group, id: batch.group))
        for change in batch.changes { doubted.insert(Subject(kind: .user, id: change.user)) }
    }

    /// The attempt could not be written, so nothing was sent.
    public mutating func notSent(_ batch: Batch) { underWay.remove(batch.group) }

    // MARK: The directory as a whole

    /// Something that concerns every request to the directory.
    public enum Trouble: Hashable, Sendable {
        /// No connection, or no answer to a question.
        case unreachable
        /// 429, and when to come back if it said so.
        case throttled(until: Int64?)
        /// 401 or 403.
        case unauthorized
    }

    private mutating func hold(_ trouble: Trouble, now: Int64, jitter: Double) {
        target.failures += 1
        let (until, reason) = Self.hold(trouble, failures: target.failures, now: now, jitter: jitter)
        target.holdUntil = max(target.holdUntil, until)
        target.reason = reason
    }

    private static func hold(_ trouble: Trouble, failures: Int, now: Int64, jitter: Double) -> (Int64, String) {
        switch trouble {
        case .unreachable:
            (now + Backoff.transport.delay(failures: failures, jitter: jitter), "directory not reached")
        case .throttled(let until):
            (
                until ?? now + Backoff.throttled.delay(failures: failures, jitter: jitter),
                "directory asks for time (429)"
            )
        case .unauthorized:
            (
                now + Backoff.unauthorized.delay(failures: failures, jitter: jitter),
                "token refused: check scim.token and scim.url"
            )
        }
    }

    private mutating func directoryAnswered() { target = Target() }
}
