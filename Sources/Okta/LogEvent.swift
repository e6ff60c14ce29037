/// One event of Okta's System Log, as a hook delivery or the System Log API tells it: what the fold and an auditor need.
///
/// Ids are opaque: compare them by their UTF-8 bytes where identity matters, since `==` of `String` holds two spellings of
/// one accented letter for equal. `displayMessage` is left out on purpose: Okta's own samples contradict it.
public struct LogEvent: Hashable, Sendable {
    /// The event's id, 1 to 256 bytes; mostly a version-1 UUID, but test data has others.
    public var uuid: String
    /// When it happened.
    public var published: Instant
    /// ``published`` as received, for evidence.
    public var publishedText: String
    /// Such as `group.user_membership.add`; 1 to 256 bytes, any text.
    public var eventType: String
    /// The older name of the type. Imported memberships tell add from remove by it alone.
    public var legacyEventType: String?
    /// `outcome.result`: `SUCCESS`, `FAILURE`, …; nil where there is none. Sample data says `Success`, which is not `SUCCESS`.
    public var outcome: String?
    /// Who did it; nil where absent, or without id or type.
    public var actor: Party?
    /// What it was done to, in the order received, which means nothing: look for a `type`.
    public var targets: [Party]
    /// How many targets could not be read: no object, or no id, or no type. One if `target` is no array. Who depends on
    /// the targets must not use such an event, because it says more than ``targets`` shows.
    public var malformedTargets: Int

    /// An event of these values, unchecked.
    public init(
        uuid: String,
        published: Instant,
        publishedText: String,
        eventType: String,
        legacyEventType: String? = nil,
        outcome: String? = nil,
        actor: Party? = nil,
        targets: [Party] = [],
        malformedTargets: Int = 0
    ) {
        self.uuid = uuid
        self.published = published
        self.publishedText = publishedText
        self.eventType = eventType
        self.legacyEventType = legacyEventType
        self.outcome = outcome
        self.actor = actor
        self.targets = targets
        self.malformedTargets = malformedTargets
    }

    /// Reads one bare event, as the System Log API returns it.
    ///
    /// - Throws: ``UnreadableEvent``, the first reason in its order.
    public init(parsing json: RawSpan) throws(UnreadableEvent) {
        let read: Result<LogEvent, UnreadableEvent>
        do throws(MalformedJSON) {
            read = try JSONScanner.read(json) { (scanner) throws(MalformedJSON) in try scanner.logEvent() }
        } catch {
            throw .notJSON
        }
        self = try read.get()
    }

    /// Reads one bare event, as the System Log API returns it.
    ///
    /// - Throws: ``UnreadableEvent``, the first reason in its order.
    public init(parsing json: [UInt8]) throws(UnreadableEvent) {
        try self.init(parsing: unsafe json.span.bytes)
    }
}

/// Somebody or something that an event names: its actor or one of its targets.
public struct Party: Hashable, Sendable {
    /// Opaque, 1 to 256 bytes; `00u…` for a user, `00g…` for a group.
    public var id: String
    /// Such as `User`, `UserGroup`, `SystemPrincipal`; 1 to 256 bytes.
    public var type: String
    /// A user's login; the text `unknown` for a group. At most 1,024 bytes.
    public var alternateId: String?
    /// The name at the time of the event. At most 1,024 bytes.
    public var displayName: String?

    /// A party of these values, unchecked.
    public init(id: String, type: String, alternateId: String? = nil, displayName: String? = nil) {
        self.id = id
        self.type = type
        self.alternateId = alternateId
        self.displayName = displayName
    }
}
