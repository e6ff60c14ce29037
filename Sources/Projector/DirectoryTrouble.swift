/// Something that concerns every request to the directory. While it lasts, one request at a time probes.
public struct DirectoryTrouble: Codable, Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// No connection is made.
        case unreachable
        /// It asks for time.
        case throttled
        /// 401 or 403: it refuses the token.
        case unauthorized

        /// What it is, for people.
        public var words: String {
            switch self {
            case .unreachable: "directory unreachable"
            case .throttled: "directory asks for time"
            case .unauthorized: "token refused"
            }
        }

        /// When it is probed, where the directory has named no time.
        public var ladder: Ladder { self == .unauthorized ? .token : .connection }
    }

    /// What it is.
    public let kind: Kind
    /// What showed it last: a status, or why there was no connection.
    public let detail: String?
    /// When it began, in microseconds since 1970.
    public let since: Int64
    /// The directory is left alone until then, in microseconds since 1970; `nil` where it has named no time.
    public let until: Int64?

    /// Trouble.
    public init(kind: Kind, detail: String?, since: Int64, until: Int64?) {
        self.kind = kind
        self.detail = detail
        self.since = since
        self.until = until
    }

    /// What is known after a request met this trouble too: of the same kind it goes on, another begins.
    /// - Parameters:
    ///   - new: what it met.
    ///   - leftBefore: whether the request left before this trouble began: then it tells nothing but a later time.
    /// - Returns: the trouble from then on.
    public func followed(by new: DirectoryTrouble, leftBefore: Bool) -> DirectoryTrouble {
        guard leftBefore || kind == new.kind else { return new }
        return DirectoryTrouble(
            kind: kind,
            detail: leftBefore ? detail : new.detail,
            since: since,
            until: [until, new.until].compactMap(\.self).max()
        )
    }

    /// When it is probed next.
    public func next(after now: Int64) -> Int64 {
        if kind == .throttled, let until { return until }
        return max(until ?? .min, kind.ladder.next(after: now, since: since))
    }
}
