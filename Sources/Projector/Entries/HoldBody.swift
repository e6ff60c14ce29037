/// Body of a `push.held` entry: the brake holds the changes of one group, because too many would leave within one window.
///
/// That they are held is decided outside the fold, by settings and a size that the log does not have, and written down, so
/// that the fold depends on the log alone.
public struct HoldBody: Codable, Hashable, Sendable {
    /// Which limit would be passed.
    public enum Reason: String, Codable, Hashable, Sendable, CaseIterable {
        /// More removals than `brake.removals`.
        case removals
        /// More removals than `brake.share` of the group's real size.
        case share
        /// More additions than `brake.additions`.
        case additions
    }

    /// A change that is held, as it was decided then.
    public struct Pair: Codable, Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// Whether the user is to be a member.
        public let present: Bool
        /// The uuid of the event that decides; `nil` where the one that did was corrected by the System Log.
        public let event: String?

        /// A change.
        public init(user: String, present: Bool, event: String?) {
            self.user = user
            self.present = present
            self.event = event
        }
    }

    /// Okta group id.
    public let group: String
    /// Which limit would be passed.
    public let reason: Reason
    /// Removals, or additions, in the window: those that left and those that are held, each pair once.
    public let counted: Int
    /// How many would have been let through.
    public let allowed: Int
    /// Members before the window's removals; `nil` where the limit does not depend on it.
    public let realSize: Int?
    /// The window's length in microseconds.
    public let window: Int64
    /// What is held: every change that could have been sent, each user once.
    public let pairs: [Pair]

    /// A hold.
    public init(
        group: String,
        reason: Reason,
        counted: Int,
        allowed: Int,
        realSize: Int?,
        window: Int64,
        pairs: [Pair]
    ) {
        self.group = group
        self.reason = reason
        self.counted = counted
        self.allowed = allowed
        self.realSize = realSize
        self.window = window
        self.pairs = pairs
    }

    /// What people call the hold whose entry is at a position: `hold-123`.
    public static func name(at position: Int64) -> String { "hold-\(position)" }

    /// The position of the entry of a hold; `nil` where the text is no such name.
    public static func position(of name: String) -> Int64? {
        guard name.hasPrefix("hold-"), let position = Int64(name.dropFirst(5)), position >= 0 else { return nil }
        return Self.name(at: position) == name ? position : nil
    }

    private enum CodingKeys: String, CodingKey {
        case group, reason, counted, allowed, pairs
        case realSize = "real_size"
        case window = "window_us"
    }
}
