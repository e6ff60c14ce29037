/// What an entry is: open text, so that an older program can carry entries that a newer one wrote.
///
/// A kind stands in the record of its entry and is therefore restricted to `[a-z0-9.]{1,64}`.
public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The text as it stands in the log.
    public let rawValue: String

    /// A kind from text.
    /// - Parameter rawValue: 1 to 64 of the characters `a-z`, `0-9` and `.`; anything else gives `nil`.
    public init?(rawValue: String) {
        guard Self.isAllowed(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(_ text: StaticString) {
        rawValue = text.description
    }

    /// The text as it stands in the log.
    public var description: String { rawValue }

    private static func isAllowed(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension Kind {
    /// The bytes of one verified hook delivery, exactly as received; its key is Okta's `eventId`.
    public static let oktaDelivery = Kind("okta.delivery")
    /// One System Log event as fetched by backfill; its key is the event's `uuid`.
    public static let oktaLogEvent = Kind("okta.logevent")
    /// The members of one Okta group as of Okta's `Date`; its key is run UUID and group id.
    public static let oktaBaseline = Kind("okta.baseline")
    /// Where backfill stands; without a key.
    public static let oktaCursor = Kind("okta.cursor")
    /// What is about to be sent to the directory; its key is the attempt's UUID.
    public static let scimAttempt = Kind("scim.attempt")
    /// What the directory answered, or how the request failed; its key is the attempt's UUID.
    public static let scimOutcome = Kind("scim.outcome")
    /// What was learned by reading the directory; without a key.
    public static let scimObservation = Kind("scim.observation")
    /// The brake holds a group's changes: which, and why; without a key.
    public static let pushHeld = Kind("push.held")
    /// What the first removal showed of the directory; without a key.
    public static let scimProof = Kind("scim.proof")
    /// Who claims to ask for what, and why; its key is the action's UUID.
    public static let operatorAction = Kind("operator.action")
    /// The service started: version and schema; without a key.
    public static let ledgerStarted = Kind("ledger.started")
    /// The service stopped: its tallies; without a key.
    public static let ledgerStopped = Kind("ledger.stopped")
    /// Every setting that the fold depends on; without a key.
    public static let ledgerConfigured = Kind("ledger.configured")
}
