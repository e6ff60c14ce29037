/// One page of Okta's System Log (`GET /api/v1/logs`): a JSON array of events, each cut out as it was received.
public struct LogPage: Hashable, Sendable {
    /// One event of a page.
    public struct Item: Hashable, Sendable {
        /// The event's JSON, byte for byte as it stood in the array.
        public let bytes: [UInt8]
        /// What it says.
        public let event: Result<LogEvent, UnreadableEvent>
    }

    /// Most events that a page may have: what Okta allows as `limit`.
    public static let maximumEvents = 1_000

    /// The events in the order received.
    public let items: [Item]

    /// Reads the body of a page.
    ///
    /// - Throws: ``UnreadablePage``. One odd event does not make a page unreadable.
    public init(parsing json: [UInt8]) throws(UnreadablePage) {
        var ranges: [Range<Int>] = []
        var hasTooMany = false
        let isArray: Bool
        do throws(MalformedJSON) {
            isArray = try unsafe JSONScanner.read(json.span.bytes) { (scanner) throws(MalformedJSON) in
                try scanner.array { (scanner) throws(MalformedJSON) in
                    let range = try scanner.rangeOfValue()
                    if ranges.count < Self.maximumEvents { ranges.append(range) } else { hasTooMany = true }
                }
            }
        } catch {
            throw .notJSON
        }
        guard isArray else { throw .notAnArray }
        guard !hasTooMany else { throw .tooManyEvents }
        items = ranges.map { range in
            let bytes = Array(json[range])
            return Item(bytes: bytes, event: Result { () throws(UnreadableEvent) in try LogEvent(parsing: bytes) })
        }
    }
}

/// Why a page of the System Log cannot be read.
public enum UnreadablePage: String, Error, Hashable, Sendable {
    /// Not one JSON text (RFC 8259), or nested deeper than 128.
    case notJSON
    /// JSON, but not an array.
    case notAnArray
    /// More than ``LogPage/maximumEvents``.
    case tooManyEvents
}
