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

    /// A budget of which the second before `start` is used up, since an earlier process may have done so.
    public init(_ figures: Figures, start: Int64) {
        reads = Pace(figures.reads, start: start)
        writes = Pace(figures.writes, start: start)
        members = Pace(figures.members, start: start)
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
        case .write:
            let requests = writes.recent(now: now)
            let isFull = members.recent(now: now) >= requests * Self.changesOfAFullRequest
            let isBusy = writes.figure(now: now).map { Double(requests) >= $0 / 2 } ?? false
            if isFull { members.slowDown(now: now) }
            if isBusy || !isFull { writes.slowDown(now: now) }
        }
    }

    /// With fewer changes a request than this, the limit that was met is that of requests.
    private static let changesOfAFullRequest = 4

    /// The most changes to put into one request. A directory that bears fewer a second than fit into a request may refuse
    /// a full one for ever.
    public func changesInARequest(now: Int64) -> Int {
        guard let figure = members.figure(now: now) else { return MemberPatch.maximumChanges }
        let bound = members.configured.map { min($0, Int(figure)) } ?? (figure < 50 ? Int(figure) : Int.max)
        return max(1, min(MemberPatch.maximumChanges, bound))
    }
}
