public import Okta

/// A polling request to the System Log: no `until`, ascending. It gives every event in the order in which Okta kept them,
/// which is not quite that of `published`, and its `next` link goes on for ever
/// (developer.okta.com/docs/reference/system-log-query/).
public struct SystemLogQuery: Hashable, Sendable {
    /// How far back `since` may lie before Okta refuses it (400 `E0000053`), in days.
    public static let farthestDays = 180
    /// How long Okta keeps events, in days. Older ones are not there, which is no error.
    public static let retentionDays = 90

    /// From when on, by Okta's clock.
    public let since: Instant
    /// Events a page, 1 to 1,000.
    public let limit: Int
    /// The types wanted; all where there are none. The texts are Okta's type names.
    public let eventTypes: [String]

    /// A query.
    public init(since: Instant, limit: Int = LogPage.maximumEvents, eventTypes: [String]) {
        // Whole milliseconds, rounded down: the form that Okta documents.
        self.since = Instant(nanoseconds: since.nanoseconds - (since.nanoseconds % 1_000_000 + 1_000_000) % 1_000_000)
        self.limit = min(max(limit, 1), LogPage.maximumEvents)
        self.eventTypes = eventTypes
    }

    /// Path and query below the org's URL.
    public var path: String {
        var query = "since=\(Self.encoded(since.text))&limit=\(limit)&sortOrder=ASCENDING"
        if !eventTypes.isEmpty {
            // Type names have no quotes; one that had would not be a type.
            let names = eventTypes.filter { !$0.contains("\"") && !$0.contains("\\") }
            query += "&filter=" + Self.encoded(names.map { "eventType eq \"\($0)\"" }.joined(separator: " or "))
        }
        return "/api/v1/logs?" + query
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
