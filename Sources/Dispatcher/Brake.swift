public import Projector

/// The brake: a group of which too much would change within one window is held until a person has looked. Pure; times are
/// microseconds since 1970.
///
/// It counts what could be sent now together with what was sent within the window, each pair once, and leaves out what an
/// operator let through. So the limits hold for every window, whatever the arrival, and across restarts.
public struct Brake: Hashable, Sendable {
    /// The limits; 0 switches one off, and a window of 0 all of them.
    public struct Settings: Hashable, Sendable {
        /// Most removals in a group (`brake.removals`).
        public let removals: Int
        /// Most removals in a group as a share of its real size, in millionths (`brake.share`).
        public let shareMillionths: Int
        /// Most additions to a group (`brake.additions`).
        public let additions: Int
        /// The window in microseconds (`brake.window`).
        public let window: Int64

        /// Limits, each 0 or more.
        public init(removals: Int, shareMillionths: Int, additions: Int, window: Int64) {
            self.removals = removals
            self.shareMillionths = shareMillionths
            self.additions = additions
            self.window = window
        }

        /// 50 removals, half of the group, 200 additions, in one hour.
        public static let standard = Settings(
            removals: 50,
            shareMillionths: 500_000,
            additions: 200,
            window: 3_600_000_000
        )
        /// No limits.
        public static let off = Settings(removals: 0, shareMillionths: 0, additions: 0, window: 3_600_000_000)

        /// Whether there is any limit.
        public var isOn: Bool { window > 0 && (removals > 0 || shareMillionths > 0 || additions > 0) }
    }

    /// How many members a group had before its removals of a window, as counted at some time.
    ///
    /// It keeps who was gone by then, so that it is right for any later window: only who left within that one is added.
    public struct Size: Hashable, Sendable {
        private let members: Int
        private let gone: Set<String>
        private let known: Int
        private let goneAsKnown: Set<String>
        private let isTold: Bool

        /// A count.
        /// - Parameters:
        ///   - members: the directory's ids of the members; `nil` where it does not tell them.
        ///   - known: the Okta users that may be members as far as the log knows.
        ///   - removed: the removals of the window of that time.
        public init(members: [String]?, known: [String], removed: [PushedChange]) {
            let (present, believed) = (Set(members ?? []), Set(known))
            isTold = members != nil
            self.members = present.count
            gone = isTold ? Set(removed.filter { !present.contains($0.member) }.map(\.user)) : []
            self.known = believed.count
            goneAsKnown = Set(removed.map(\.user)).subtracting(believed)
        }

        /// The members before the removals of a window: what the directory tells or what the log knows, whichever is
        /// more, as either may fall short. Where the directory does not tell, those who are to leave count too.
        /// - Parameters:
        ///   - removed: the Okta users whose removals have left within the window.
        ///   - removals: how many those and the ones who are to leave are together.
        /// - Returns: how many members.
        public func before(_ removed: Set<String>, removals: Int) -> Int {
            max(
                members + gone.intersection(removed).count,
                known + goneAsKnown.intersection(removed).count,
                isTold ? 0 : removals
            )
        }
    }

    /// What may be done with a group's difference.
    public enum Verdict: Hashable, Sendable {
        /// Send this of it.
        case go(GroupDifference)
        /// The members of this directory group must be counted first, and those removed in the window with them.
        case measure(directoryGroup: String, removed: [PushedChange])
        /// Hold the group.
        case hold(HoldBody)
    }

    /// Groups of fewer members may lose any share of them.
    public static let smallestGroup = 10

    /// The limits.
    public let settings: Settings

    /// A brake.
    public init(_ settings: Settings) { self.settings = settings }

    /// The time after which what was sent counts.
    public func windowBegins(now: Int64) -> Int64 { now - settings.window }

    /// What may be done.
    /// - Parameters:
    ///   - difference: what is to be done for the group.
    ///   - pushed: what was sent to it and not released, at least since the window began, each pair and state once.
    ///   - size: how many members it has; `nil` where nobody has counted them.
    ///   - now: the time.
    /// - Returns: what may be done.
    public func judge(_ difference: GroupDifference, pushed: [PushedChange], size: Size?, now: Int64) -> Verdict {
        guard difference.hold != nil else { return decide(difference, pushed: pushed, size: size, now: now) }
        // Nobody's removal waits because of additions: it is judged as if they were not there.
        guard difference.holdReason == .additions else { return .go(difference.released) }
        let leaving = difference.withoutHeldAdditions
        let verdict = decide(leaving, pushed: pushed, size: size, now: now)
        if case .hold = verdict { return .go(difference.released) }
        return verdict
    }

    private func decide(_ difference: GroupDifference, pushed: [PushedChange], size: Size?, now: Int64) -> Verdict {
        // What has no account in the directory cannot be sent, and is judged once it has one.
        let held = difference.changes.filter { !$0.isReleased && $0.binding?.directoryID != nil }
        guard settings.isOn, !held.isEmpty, let directoryGroup = difference.binding?.directoryID else {
            return .go(difference)
        }
        let recent = pushed.filter { $0.at > windowBegins(now: now) }
        func sent(_ present: Bool) -> Set<String> { Set(recent.filter { $0.present == present }.map(\.user)) }
        func count(_ present: Bool) -> Int {
            sent(present).union(held.filter { $0.present == present }.map(\.user)).count
        }
        func hold(_ reason: HoldBody.Reason, _ counted: Int, allowed: Int, realSize: Int? = nil) -> Verdict {
            .hold(
                HoldBody(
                    group: difference.group,
                    reason: reason,
                    counted: counted,
                    allowed: allowed,
                    realSize: realSize,
                    window: settings.window,
                    // A leaver does not wait behind additions.
                    pairs: held.filter { reason != .additions || $0.present }.map {
                        .init(user: $0.user, present: $0.present, event: $0.decision?.order.uuid)
                    }
                )
            )
        }
        let (removals, additions) = (count(false), count(true))
        // What is left of an earlier removal adds nothing to it.
        if held.contains(where: { !$0.present }) {
            if settings.removals > 0, removals > settings.removals, removals > 1 {
                return hold(.removals, removals, allowed: settings.removals)
            }
            if mayExceedShare(removals) {
                guard let size else {
                    return .measure(directoryGroup: directoryGroup, removed: recent.filter { !$0.present })
                }
                let members = size.before(sent(false), removals: removals)
                let allowed = members * settings.shareMillionths / 1_000_000
                if members >= Self.smallestGroup, removals > allowed {
                    return hold(.share, removals, allowed: allowed, realSize: members)
                }
            }
        }
        if held.contains(where: \.present), settings.additions > 0, additions > settings.additions {
            return hold(.additions, additions, allowed: settings.additions)
        }
        return .go(difference)
    }

    /// Whether so many removals are too large a share of the smallest group that counts. A single leaver never is.
    private func mayExceedShare(_ removals: Int) -> Bool {
        settings.shareMillionths > 0 && removals > 1
            && removals > Self.smallestGroup * settings.shareMillionths / 1_000_000
    }
}
