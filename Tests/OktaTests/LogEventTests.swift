import Okta
import Testing

@Suite struct `Events` {
    /// An event of these members; nil leaves one out.
    private func event(
        uuid: String? = #""u""#,
        published: String? = #""2023-01-01T00:00:00Z""#,
        eventType: String? = #""t""#,
        more: String = ""
    ) throws(UnreadableEvent) -> LogEvent {
        let members = [("uuid", uuid), ("published", published), ("eventType", eventType)]
            .compactMap { key, value in value.map { #""\#(key)":\#($0)"# } }
        let all = members + (more.isEmpty ? [] : [more])
        return try LogEvent(parsing: Array("{\(all.joined(separator: ","))}".utf8))
    }

    private static func text(_ length: Int) -> String { "\"\(String(repeating: "x", count: length))\"" }

    @Test func `uuid, time and type are enough`() throws {
        let event = try event()
        #expect(
            event
                == LogEvent(
                    uuid: "u",
                    published: event.published,
                    publishedText: "2023-01-01T00:00:00Z",
                    eventType: "t"
                )
        )
    }

    @Test(arguments: [nil, "null", "1", "[]", "{}", "true", #""""#])
    func `without uuid or type an event is unreadable`(value: String?) {
        #expect(throws: UnreadableEvent.noUUID) { try event(uuid: value) }
        #expect(throws: UnreadableEvent.noEventType) { try event(eventType: value) }
    }

    @Test func `without a time that can be compared an event is unreadable`() {
        #expect(throws: UnreadableEvent.noPublished) { try event(published: nil) }
        #expect(throws: UnreadableEvent.noPublished) { try event(published: "1672531200000") }
        #expect(throws: UnreadableEvent.badPublished) { try event(published: #""""#) }
        #expect(throws: UnreadableEvent.badPublished) { try event(published: #""yesterday""#) }
        #expect(throws: UnreadableEvent.badPublished) { try event(published: Self.text(100_000)) }
    }

    @Test func `the reason given does not depend on the order of the keys`() {
        for json in [#"{"eventType":1,"published":"x","uuid":2}"#, #"{"uuid":2,"published":"x","eventType":1}"#] {
            #expect(throws: UnreadableEvent.noUUID) { try LogEvent(parsing: Array(json.utf8)) }
        }
    }

    @Test func `what is too long to keep makes the event unreadable, and nothing is cut`() throws {
        let (id, name) = (Self.text(256), Self.text(1_024))
        let party = #"{"id":\#(id),"type":\#(id),"alternateId":\#(name),"displayName":\#(name)}"#
        let longest = try event(
            uuid: id,
            eventType: id,
            more: #""legacyEventType":\#(id),"outcome":{"result":\#(id)},"actor":\#(party),"target":[\#(party)]"#
        )
        #expect(longest.targets.first?.displayName?.utf8.count == 1_024)
        let (longID, longName) = (Self.text(257), Self.text(1_025))
        #expect(throws: UnreadableEvent.uuidTooLong) { try event(uuid: longID) }
        #expect(throws: UnreadableEvent.eventTypeTooLong) { try event(eventType: longID) }
        #expect(throws: UnreadableEvent.textTooLong) { try event(more: #""legacyEventType":\#(longID)"#) }
        #expect(throws: UnreadableEvent.textTooLong) { try event(more: #""outcome":{"result":\#(longID)}"#) }
        for member in [#""actor":{"id":\#(longID),"type":"User"}"#, #""target":[{"id":"a","type":\#(longID)}]"#] {
            #expect(throws: UnreadableEvent.idTooLong) { try event(more: member) }
        }
        for key in ["alternateId", "displayName"] {
            #expect(throws: UnreadableEvent.nameTooLong) {
                try event(more: #""target":[{"id":"a","type":"b","\#(key)":\#(longName)}]"#)
            }
        }
        // Limits count bytes as kept, not as written: 1,536 bytes of escapes are 512 of text.
        let escaped = #""\#(String(repeating: #"\u00e9"#, count: 512))""#
        #expect(throws: Never.self) { try event(more: #""target":[{"id":"a","type":"b","displayName":\#(escaped)}]"#) }
    }

    @Test func `a NUL in a text that is kept makes the event unreadable`() {
        #expect(throws: UnreadableEvent.nulInText) { try event(uuid: #""a\u0000b""#) }
        #expect(throws: UnreadableEvent.nulInText) {
            try event(more: #""target":[{"id":"a","type":"UserGroup","displayName":"AWS_Admin\u0000_not"}]"#)
        }
        #expect(throws: Never.self) { try event(more: #""displayMessage":"a\u0000b""#) }
    }

    @Test(arguments: [
        "", #""target":null"#, #""target":[]"#, #""actor":null"#, #""actor":"me""#, #""actor":{"id":"a"}"#,
        #""actor":{"id":null,"type":"User"}"#, #""outcome":null"#, #""outcome":"SUCCESS""#,
        #""outcome":{"result":null}"#,
        #""outcome":{"reason":"SUCCESS"}"#, #""legacyEventType":null"#,
        #""version":0,"postalCode":1.5,"new":{"uuid":"x"}"#,
        #""target":[{"id":"a","type":"b"}],"target":null"#, #""outcome":{"result":"SUCCESS"},"outcome":{}"#,
    ])
    func `everything else may be null, absent or of another type`(more: String) throws {
        #expect(try event(more: more) == event())
    }

    @Test(arguments: [
        ("[null]", 1), ("[[]]", 1), (#"["00u"]"#, 1), (#"[{}]"#, 1), (#"[{"id":"a"}]"#, 1), (#"[{"type":"b"}]"#, 1),
        (#"[{"id":"","type":"b"}]"#, 1), (#"[{"id":1,"type":"b"}]"#, 1), ("[0,0,{}]", 3), ("{}", 1), (#""x""#, 1),
        ("0", 1),
        (#"{"id":"a","type":"b"}"#, 1),
    ])
    func `a target that cannot be read is counted, so that nobody acts on the rest`(target: String, count: Int) throws {
        let event = try event(more: #""target":\#(target)"#)
        #expect(event.targets.isEmpty)
        #expect(event.malformedTargets == count)
    }

    @Test func `targets keep their order and readable ones stay beside malformed ones`() throws {
        let event = try event(more: #""target":[{"type":"B","id":"2"},7,{"id":"1","type":"A","alternateId":5}]"#)
        #expect(event.targets == [Party(id: "2", type: "B"), Party(id: "1", type: "A")])
        #expect(event.malformedTargets == 1)
    }

    @Test func `text outside ASCII is kept byte for byte`() throws {
        let name = "AWS_Prüfer e\u{301} 監査 😀"
        let event = try event(more: #""target":[{"id":"a","type":"UserGroup","displayName":"\#(name)"}]"#)
        #expect(event.targets.first?.displayName.map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test func `codes are short and all different`() {
        let codes = UnreadableEvent.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.utf8.count <= 16 })
        #expect(UnreadableDelivery.allCases.map(\.code) == ["notJSON", "notAnObject", "noEvents", "tooManyEvents"])
    }
}
