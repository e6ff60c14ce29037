/// What one directory bears: reads, writes and changes of membership a second, each counted apart. Pure.
///
/// AWS publishes 40 reads and 25 writes a second for each identity store, and says that every single change of membership
/// counts against a third limit whose number it does not publish (AWS IAM Identity Center User Guide, limits). So the
/// third is learned from its 429 answers.
public struct RateBudget: Sendable {
    /// The most of each a second; `nil` for no limit.
    public struct Figures: Hashable, Sendable {
        /// GET requests.
        public var reads: Int?
        /// PATCH, POST, PUT and DELETE requests.
        public var writes: Int?
        /// Single changes of membership.
        public var members: Int?

        /// Figures, each at least 1.
        public init(reads: Int?, writes: Int?, members: Int?) {
            self.reads = reads
            self.writes = writes
            self.members = members
        }

        /// What AWS publishes.
        public static let aws = Figures(reads: 40, writes: 25, members: nil)
        /// No limit of our own.
        public static let none = Figures(reads: nil, writes: nil, members: nil)
    }

    /// A request that is about to leave.
    public enum Departure: Hashable, Sendable {
        /// A GET request.
        case read
        /// A request with so many changes of membership.
        case write(changes: Int)
    }

    private var reads: Pace
    private var writes: Pace
    private var members: Pace
    /// The most changes to put into one request; less than what fits after it was refused again and again by itself.
    private var mostChanges: Int
    /// How often in a row a request was refused though nothing had left in the second before.
    private var refusedAlone = 0
    /// When `mostChanges` last changed.
    private var narrowedAt: Int64 = 0

    /// A budget of which the second before `start` is used up, since an earlier process may have done so.
    public init(_ figures: Figures, start: Int64) {
        reads = Pace(figures.reads, start: start)
        writes = Pace(figures.writes, start: start)
        members = Pace(figures.members, least: 10, start: start)
        mostChanges = min(MemberPatch.maximumChanges, figures.members ?? .max)
    }

    /// The place of a request after all that were reserved before.
    /// - Returns: when to ask for `leave`, in microseconds since 1970.
    public mutating func reserve(_ departure: Departure, now: Int64) -> Int64 {
        switch departure {
        case .read: reads.reserve(1, now: now)
        case .write(let changes): max(writes.reserve(1, now: now), members.reserve(changes, now: now))
        }
    }

    /// Lets a request leave if nothing speaks against it; it counts from now on.
    /// - Returns: `nil` if it leaves now, else when to ask again.
    public mutating func leave(_ departure: Departure, now: Int64) -> Int64? {
        switch departure {
        case .read:
            let earliest = reads.mayLeave(1, now: now)
            guard earliest <= now else { return earliest }
            reads.left(1, now: now)
        case .write(let changes):
            let earliest = max(writes.mayLeave(1, now: now), members.mayLeave(changes, now: now))
            guard earliest <= now else { return earliest }
            writes.left(1, now: now)
            members.left(changes, now: now)
        }
        return nil
    }

    /// The directory answered 429: fewer from now on. It does not say which limit a write met, so the one that was
    /// nearer to being met is taken.
    public mutating func throttled(_ departure: Departure, now: Int64) {
        switch departure {
        case .read:
            reads.slowDown(now: now)
        case .write(let changes):
            narrow(changes, now: now)
            let requests = writes.recent(now: now)
            let isFull = members.recent(now: now) >= requests * Self.changesOfAFullRequest
            let isBusy = writes.figure(now: now).map { Double(requests) >= $0 / 2 } ?? false
            if isFull { members.slowDown(now: now) }
            if isBusy || !isFull { writes.slowDown(now: now) }
        }
    }

    /// With fewer changes a request than this, the limit that was met is that of requests.
    private static let changesOfAFullRequest = 4

    /// The directory dealt with a request that changes something.
    public mutating func served() { refusedAlone = 0 }

    /// A directory that bears fewer changes a second than are in a request may refuse it for ever.
    private mutating func narrow(_ changes: Int, now: Int64) {
        guard changes > 1, members.recent(now: now) <= changes else {
            refusedAlone = 0
            return
        }
        refusedAlone += 1
        guard refusedAlone >= Self.refusalsBeforeNarrowing else { return }
        mostChanges = max(1, min(changesInARequest(now: now), changes) / 2)
        narrowedAt = now
    }

    /// The most changes to put into one request, 1 to 100.
    public func changesInARequest(now: Int64) -> Int {
        let most = min(MemberPatch.maximumChanges, members.configured ?? .max)
        let doublings = max(0, min(7, (now - narrowedAt) / Self.widensAfter))
        return min(most, mostChanges << Int(doublings))
    }

    private static let refusalsBeforeNarrowing = 4
    private static let widensAfter: Int64 = 300_000_000
}
