/// One row of a log as it is stored, before anything about it is believed.
public struct StoredEntry: Hashable, Sendable {
    /// The stored position.
    public var position: Int64
    /// The stored kind, perhaps not an allowed one.
    public var kind: String
    /// The stored time: microseconds since 1970 UTC.
    public var recordedAt: Int64
    /// The stored key, perhaps not an allowed one.
    public var key: String?
    /// The stored record format.
    public var format: Int64
    /// The stored number of bytes of the body.
    public var bodyLength: Int64
    /// The stored salted digest of the body.
    public var bodyDigest: [UInt8]
    /// The stored leaf hash.
    public var leafHash: [UInt8]
    /// The salt; `nil` if the row of the body is gone.
    public var salt: [UInt8]?
    /// The body; `nil` if its row is gone.
    public var body: [UInt8]?

    /// A stored row of its parts, in the order of the columns.
    /// - Parameters:
    ///   - position: the stored position.
    ///   - kind: the stored kind.
    ///   - recordedAt: the stored time.
    ///   - key: the stored key.
    ///   - format: the stored record format.
    ///   - bodyLength: the stored number of bytes.
    ///   - bodyDigest: the stored digest.
    ///   - leafHash: the stored leaf hash.
    ///   - salt: the salt, if the row of the body is there.
    ///   - body: the body, if its row is there.
    public init(
        position: Int64,
        kind: String,
        recordedAt: Int64,
        key: String?,
        format: Int64,
        bodyLength: Int64,
        bodyDigest: [UInt8],
        leafHash: [UInt8],
        salt: [UInt8]?,
        body: [UInt8]?
    ) {
        self.position = position
        self.kind = kind
        self.recordedAt = recordedAt
        self.key = key
        self.format = format
        self.bodyLength = bodyLength
        self.bodyDigest = bodyDigest
        self.leafHash = leafHash
        self.salt = salt
        self.body = body
    }
}

/// Where a verifier reads from.
public protocol StoredEntrySource {
    /// Rows whose position is at least `position`, in the order of positions.
    ///
    /// May give fewer than `limit` rows to bound memory, but gives none only if there is none.
    /// - Parameters:
    ///   - position: the least position wanted.
    ///   - limit: the greatest number of rows wanted, at least 1.
    /// - Returns: rows as stored, nothing about them checked.
    /// - Throws: the error of the store.
    func storedEntries(from position: Int64, limit: Int) throws -> [StoredEntry]
}

/// A re-check of a log from its stored bytes alone: recomputes what can be recomputed and believes nothing else.
///
/// Takes rows one after the other, so a log of any size is checked in constant memory. That keys are unique needs an index
/// and is therefore the store's to check.
public struct Verifier: Sendable {
    /// What is wrong with a row.
    public enum Problem: Hashable, Sendable {
        /// The position that should have come is another one.
        case position(expected: Int64)
        /// The row is older than the one before it, which was written at `previous`.
        case clockWentBackwards(previous: Int64)
        /// The kind is not `[a-z0-9.]{1,64}`.
        case kindNotAllowed
        /// The key is not `[A-Za-z0-9._:#-]{1,128}`.
        case keyNotAllowed
        /// The record format is one that this program does not know.
        case unknownFormat(Int64)
        /// There is no body for the row.
        case bodyMissing
        /// The body has another number of bytes than the row says.
        case bodyLength(actual: Int)
        /// The body or its salt is not what was digested.
        case bodyDigest
        /// The record is not what was hashed.
        case leafHash
    }

    /// One problem and where it is.
    public struct Finding: Hashable, Sendable {
        /// The position as stored.
        public let position: Int64
        /// What is wrong there.
        public let problem: Problem

        /// A finding of its parts.
        /// - Parameters:
        ///   - position: the position as stored.
        ///   - problem: what is wrong there.
        public init(position: Int64, problem: Problem) {
            self.position = position
            self.problem = problem
        }
    }

    /// What a check found.
    public struct Report: Hashable, Sendable {
        /// How many rows were checked.
        public fileprivate(set) var entries: Int64 = 0
        /// How many problems there are.
        public fileprivate(set) var problems = 0
        /// The first problems, at most `Verifier.maximumFindings`.
        public fileprivate(set) var findings: [Finding] = []
        /// Whether nothing is wrong.
        public var isClean: Bool { problems == 0 }
    }

    /// How many findings a report spells out; the rest are only counted.
    public static let maximumFindings = 100

    /// What was found so far.
    public private(set) var report = Report()
    private var nextPosition: Int64 = 0
    private var lastRecordedAt: Int64 = 0

    /// A verifier that expects position 0 first.
    public init() {}

    /// Checks a whole log.
    /// - Parameters:
    ///   - source: where to read.
    ///   - pageSize: how many rows to read at a time.
    /// - Returns: what was found.
    /// - Throws: the error of the store.
    public static func verify(_ source: some StoredEntrySource, pageSize: Int = 1_000) throws -> Report {
        var verifier = Verifier()
        var from = Int64.min
        while let last = try verifier.checkPage(of: source, from: from, limit: pageSize), last < Int64.max {
            from = last + 1
        }
        return verifier.report
    }

    private mutating func checkPage(
        of source: some StoredEntrySource,
        from position: Int64,
        limit: Int
    ) throws -> Int64? {
        let page = try source.storedEntries(from: position, limit: limit)
        for row in page { check(row) }
        return page.last?.position
    }

    /// Checks the next row.
    /// - Parameter row: the row after the one checked last.
    public mutating func check(_ row: StoredEntry) {
        report.entries += 1
        if row.position != nextPosition { note(.position(expected: nextPosition), at: row) }
        if row.recordedAt < lastRecordedAt { note(.clockWentBackwards(previous: lastRecordedAt), at: row) }
        checkBody(of: row)
        checkRecord(of: row)
        nextPosition = row.position &+ 1
        lastRecordedAt = row.recordedAt
    }

    private mutating func checkBody(of row: StoredEntry) {
        guard let body = row.body, let salt = row.salt else { return note(.bodyMissing, at: row) }
        if row.bodyLength != Int64(body.count) { note(.bodyLength(actual: body.count), at: row) }
        if row.bodyDigest != Record.bodyDigest(of: body, salt: salt) { note(.bodyDigest, at: row) }
    }

    private mutating func checkRecord(of row: StoredEntry) {
        let kind = Kind(rawValue: row.kind)
        let key = row.key.flatMap(EntryKey.init(stored:))
        if kind == nil { note(.kindNotAllowed, at: row) }
        if row.key != nil, key == nil { note(.keyNotAllowed, at: row) }
        guard row.format == Record.format else { return note(.unknownFormat(row.format), at: row) }
        guard let kind, key != nil || row.key == nil else { return }
        let record = Record(
            kind: kind,
            recordedAt: row.recordedAt,
            key: key,
            bodyLength: Int(row.bodyLength),
            bodyDigest: row.bodyDigest
        )
        if record.leafHash != row.leafHash { note(.leafHash, at: row) }
    }

    private mutating func note(_ problem: Problem, at row: StoredEntry) {
        report.problems += 1
        guard report.findings.count < Self.maximumFindings else { return }
        report.findings.append(Finding(position: row.position, problem: problem))
    }
}
