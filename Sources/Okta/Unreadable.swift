/// Why a whole delivery cannot be read. Its bytes are kept all the same.
public enum UnreadableDelivery: String, Error, Hashable, CaseIterable, Sendable {
    /// Not one JSON text (RFC 8259), or nested deeper than 128.
    case notJSON
    /// JSON, but not an object.
    case notAnObject
    /// `data.events` is absent or not an array.
    case noEvents
    /// `data.events` has more elements than the largest body could hold events.
    case tooManyEvents

    /// A short name that stays the same for ever: it stands in standings, views and metrics.
    public var code: String { rawValue }
}

/// Why one event cannot be read; where several reasons hold, the first in this order.
///
/// Text is never cut to fit: the name of a group decides what it grants, and half of it may be another group's name. Okta's
/// names and logins have at most 255 characters, which are at most 1,020 bytes.
public enum UnreadableEvent: String, Error, Hashable, CaseIterable, Sendable {
    /// Not one JSON text (RFC 8259), or nested deeper than 128. Only for a bare event: in a delivery it is the delivery's.
    case notJSON
    /// Not a JSON object.
    case notAnObject
    /// `uuid` is absent, empty, or not a string.
    case noUUID
    /// `uuid` is longer than 256 bytes.
    case uuidTooLong
    /// `published` is absent or not a string.
    case noPublished
    /// `published` is not an RFC 3339 date-time of 0 to 9 fraction digits between 1677 and 2262.
    case badPublished
    /// `eventType` is absent, empty, or not a string.
    case noEventType
    /// `eventType` is longer than 256 bytes.
    case eventTypeTooLong
    /// `legacyEventType` or `outcome.result` is longer than 256 bytes.
    case textTooLong
    /// The id or the type of the actor or a target is longer than 256 bytes.
    case idTooLong
    /// The login or the name of the actor or a target is longer than 1,024 bytes.
    case nameTooLong
    /// A text that would be kept has a NUL, where C strings and SQLite's functions end: two names could become one.
    case nulInText

    /// A short name that stays the same for ever: it stands in standings, views and metrics.
    public var code: String { rawValue }
}
