/// What an event said in one field: a text to keep, or a text that makes the event unreadable.
private typealias Field = Result<String, UnreadableEvent>

/// Bounds of the texts kept of an event, in bytes of UTF-8.
private enum Limit {
    static let id = 256
    static let name = 1_024
    /// The longest RFC 3339 date-time that ``Instant`` reads: `2022-12-21T13:48:32.767123456+00:00`.
    static let published = 35
}

/// The fields of an event while it is read, so that the reason given does not depend on the order of its keys.
private struct EventFields {
    var uuid: Field?
    var published: Field?
    var eventType: Field?
    var legacyEventType: Field?
    var outcome: Field?
    var actor: Result<Party, UnreadableEvent>?
    var targets: Result<[Party], UnreadableEvent> = .success([])
    var malformedTargets = 0

    func event() throws(UnreadableEvent) -> LogEvent {
        guard let uuid = try uuid?.get(), !uuid.isEmpty else { throw .noUUID }
        guard let publishedText = try published?.get() else { throw .noPublished }
        guard let published = Instant(rfc3339: publishedText) else { throw .badPublished }
        guard let eventType = try eventType?.get(), !eventType.isEmpty else { throw .noEventType }
        return LogEvent(
            uuid: uuid,
            published: published,
            publishedText: publishedText,
            eventType: eventType,
            legacyEventType: try legacyEventType?.get(),
            outcome: try outcome?.get(),
            actor: try actor?.get(),
            targets: try targets.get(),
            malformedTargets: malformedTargets
        )
    }
}

extension JSONScanner {
    /// Reads the next value as an event. Reads all of it whatever the result, so that the events after it are read too.
    mutating func logEvent() throws(MalformedJSON) -> Result<LogEvent, UnreadableEvent> {
        var fields = EventFields()
        let isObject = try object { (scanner, key) throws(MalformedJSON) in
            if key.matches("uuid") {
                fields.uuid = try scanner.kept(Limit.id, orElse: .uuidTooLong)
            } else if key.matches("published") {
                fields.published = try scanner.kept(Limit.published, orElse: .badPublished)
            } else if key.matches("eventType") {
                fields.eventType = try scanner.kept(Limit.id, orElse: .eventTypeTooLong)
            } else if key.matches("legacyEventType") {
                fields.legacyEventType = try scanner.kept(Limit.id, orElse: .textTooLong)
            } else if key.matches("outcome") {
                fields.outcome = try scanner.outcomeResult()
            } else if key.matches("actor") {
                fields.actor = try scanner.party()
            } else if key.matches("target") {
                try scanner.readTargets(into: &fields)
            } else {
                try scanner.skipValue()
            }
        }
        guard isObject else { return .failure(.notAnObject) }
        return Result { () throws(UnreadableEvent) in try fields.event() }
    }

    private mutating func outcomeResult() throws(MalformedJSON) -> Field? {
        var result: Field?
        _ = try object { (scanner, key) throws(MalformedJSON) in
            if key.matches("result") {
                result = try scanner.kept(Limit.id, orElse: .textTooLong)
            } else {
                try scanner.skipValue()
            }
        }
        return result
    }

    private mutating func readTargets(into fields: inout EventFields) throws(MalformedJSON) {
        var parties: [Party] = []
        var problem: UnreadableEvent?
        var malformed = 0
        let isNull = try isNull()
        let isArray = try array { (scanner) throws(MalformedJSON) in
            switch try scanner.party() {
            case .success(let party): parties.append(party)
            case .failure(let reason): problem = problem ?? reason
            case nil: malformed += 1
            }
        }
        fields.targets = problem.map(Result.failure) ?? .success(parties)
        fields.malformedTargets = isArray || isNull ? malformed : 1
    }

    /// Reads the next value as a party; nil if it is no object, or has no id or no type.
    private mutating func party() throws(MalformedJSON) -> Result<Party, UnreadableEvent>? {
        var id: Field?
        var type: Field?
        var alternateId: Field?
        var displayName: Field?
        _ = try object { (scanner, key) throws(MalformedJSON) in
            if key.matches("id") {
                id = try scanner.kept(Limit.id, orElse: .idTooLong)
            } else if key.matches("type") {
                type = try scanner.kept(Limit.id, orElse: .idTooLong)
            } else if key.matches("alternateId") {
                alternateId = try scanner.kept(Limit.name, orElse: .nameTooLong)
            } else if key.matches("displayName") {
                displayName = try scanner.kept(Limit.name, orElse: .nameTooLong)
            } else {
                try scanner.skipValue()
            }
        }
        do throws(UnreadableEvent) {
            guard let id = try id?.get(), let type = try type?.get(), !id.isEmpty, !type.isEmpty else { return nil }
            return .success(
                Party(id: id, type: type, alternateId: try alternateId?.get(), displayName: try displayName?.get())
            )
        } catch {
            return .failure(error)
        }
    }

    /// Reads the next value: the text to keep if it is a string of at most `limit` bytes; nil if it is not a string.
    private mutating func kept(_ limit: Int, orElse tooLong: UnreadableEvent) throws(MalformedJSON) -> Field? {
        guard let text = try text() else { return nil }
        let string = text.string()
        if string.utf8.count > limit { return .failure(tooLong) }
        // An unescaped NUL is not JSON, so only a text with escapes can have one.
        if text.hasEscapes, string.utf8.contains(0) { return .failure(.nulInText) }
        return .success(string)
    }
}
