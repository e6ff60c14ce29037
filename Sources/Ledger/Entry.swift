/// One entry of the log as it is read.
public struct Entry: Hashable, Sendable {
    /// The place in the log: 0-based, gapless; also the index in the Merkle tree.
    public let position: Int64
    /// What the entry is.
    public let kind: Kind
    /// When it was written: microseconds since 1970 UTC, never less than that of the entry before.
    public let recordedAt: Int64
    /// The idempotency key, unique within the kind; `nil` for kinds that have none.
    public let key: EntryKey?
    /// The bytes exactly as they were appended.
    public let body: [UInt8]

    /// An entry of its parts.
    /// - Parameters:
    ///   - position: the place in the log.
    ///   - kind: what the entry is.
    ///   - recordedAt: microseconds since 1970 UTC.
    ///   - key: the idempotency key, if there is one.
    ///   - body: the bytes as appended.
    public init(position: Int64, kind: Kind, recordedAt: Int64, key: EntryKey?, body: [UInt8]) {
        self.position = position
        self.kind = kind
        self.recordedAt = recordedAt
        self.key = key
        self.body = body
    }
}

/// What shall become an entry.
public struct NewEntry: Hashable, Sendable {
    /// What to do when the log already holds an entry of the same kind and key.
    public enum CollisionPolicy: Hashable, Sendable {
        /// It is the same thing, whatever its bytes: nothing is stored.
        case duplicate
        /// It is the same thing only if the bytes are equal to those of an entry of this key or of one of its numbered
        /// variants; otherwise it is stored beside them as `key#2`, `key#3`, and so on.
        case duplicateIfSameBytesElseNumber
    }

    /// What the entry is.
    public var kind: Kind
    /// The idempotency key; without one nothing is ever a duplicate.
    public var key: EntryKey?
    /// The bytes to keep.
    public var body: [UInt8]
    /// What to do when the key is taken.
    public var onCollision: CollisionPolicy

    /// A new entry.
    /// - Parameters:
    ///   - kind: what the entry is.
    ///   - key: the idempotency key, if the kind has one.
    ///   - body: the bytes to keep.
    ///   - onCollision: what to do when the key is taken.
    public init(kind: Kind, key: EntryKey?, body: [UInt8], onCollision: CollisionPolicy = .duplicate) {
        self.kind = kind
        self.key = key
        self.body = body
        self.onCollision = onCollision
    }
}

/// What became of an append. In either case the entry named is durable.
public enum Appended: Hashable, Sendable {
    /// It is a new entry of the log.
    case stored(position: Int64, recordedAt: Int64)
    /// The log held it already, at this position.
    case duplicate(of: Int64)

    /// Where the entry stands, whether it is new or was there before.
    public var position: Int64 {
        switch self {
        case .stored(let position, _): position
        case .duplicate(let position): position
        }
    }
}
