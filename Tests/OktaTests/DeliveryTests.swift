import Okta
import Testing

@Suite struct `Deliveries` {
    private func delivery(_ json: String) throws(UnreadableDelivery) -> Delivery {
        try Delivery(parsing: Array(json.utf8))
    }

    private static let event = #"{"uuid":"u","published":"2023-01-01T00:00:00Z","eventType":"t"}"#

    @Test(
        arguments: [
            ("", .notJSON), ("{", .notJSON), (#"{"data":{"events":[]}} x"#, .notJSON),
            (#"{"data":{"events":[{]}}"#, .notJSON),
            ("null", .notAnObject), ("[]", .notAnObject), (#""{}""#, .notAnObject),
            ("{}", .noEvents), (#"{"events":[]}"#, .noEvents), (#"{"data":null}"#, .noEvents),
            (#"{"data":[]}"#, .noEvents),
            (#"{"data":{"events":null}}"#, .noEvents), (#"{"data":{"events":{}}}"#, .noEvents),
            (#"{"data":{"events":[]},"data":{}}"#, .noEvents), (#"{"data":{"events":[],"events":1}}"#, .noEvents),
        ] as [(String, UnreadableDelivery)]
    )
    func `a body without events says why`(json: String, reason: UnreadableDelivery) {
        #expect(throws: reason) { try delivery(json) }
    }

    @Test(arguments: [
        #"{"data":{"events":[]}}"#, #"{"eventId":null,"source":1,"eventTime":[],"data":{"events":[]}}"#,
        #"{"eventId":"","source":"","data":{"events":[]}}"#, #"{"eventId":"a\u0000b","data":{"events":[]}}"#,
        #"{"meta":{"eventId":"x"},"data":{"eventId":"y","events":[]},"list":[{"eventId":"z"}]}"#,
        #"{"eventId":"a","eventId":null,"data":{"events":[]}}"#, #"{"EventId":"a","eventID":"b","data":{"events":[]}}"#,
    ])
    func `anything in the envelope may be absent`(json: String) throws {
        let delivery = try delivery(json)
        #expect(delivery.eventID == nil)
        #expect(delivery.organization == nil)
        #expect(delivery.eventTime == nil)
        #expect(delivery.events.isEmpty)
        #expect(Delivery.eventID(in: Array(json.utf8)) == nil)
    }

    @Test func `the event id is the last of the top level, however its key is written`() {
        for json in [
            #"{"eventId":"a"}"#, #"{"data":{"eventId":"b","events":[{"eventId":"c"}]},"eventId":"a"}"#,
            #"{"eventId":"b","eventId":"a"}"#, #"{"event\u0049d":"\u0061"}"#, #" { "eventId" : "a" , "x" : 1 } "#,
        ] {
            #expect(Delivery.eventID(in: Array(json.utf8)) == "a", "\(json)")
        }
        // What is not JSON has no event id, so it is kept under the hash of its bytes.
        #expect(Delivery.eventID(in: Array(#"{"eventId":"a"} x"#.utf8)) == nil)
        #expect(Delivery.eventID(in: Array(#"{"eventId":"a",}"#.utf8)) == nil)
        #expect(Delivery.eventID(in: Array(#"[{"eventId":"a"}]"#.utf8)) == nil)
    }

    @Test func `an event id has at most 256 bytes`() {
        func body(_ length: Int) -> [UInt8] { Array(#"{"eventId":"\#(String(repeating: "x", count: length))"}"#.utf8) }
        #expect(Delivery.eventID(in: body(256))?.utf8.count == 256)
        #expect(Delivery.eventID(in: body(257)) == nil)
    }

    @Test(arguments: [
        ("https://Dev-1.Okta.COM/api/v1/eventHooks/who1", "dev-1.okta.com"), ("HTTPS://a.b:8443/x", "a.b"),
        ("http://a", "a"), ("https://a?x", "a"), ("https://a#x", "a"), ("https://", nil), ("https:///x", nil),
        ("a.okta.com", nil),
        ("ftp://a", nil), ("https://user@evil/", nil), ("https://{yourOktaDomain}/", nil), ("https://ä.com/", nil),
        ("https://o\u{212A}ta.com/", nil),
        ("https://a b/", nil), ("https://[::1]/", nil),
    ])
    func `the org is the host of the source`(source: String, organization: String?) throws {
        let delivery = try delivery(#"{"source":"\#(source)","data":{"events":[]}}"#)
        #expect(delivery.source == source)
        #expect(delivery.organization == organization)
    }

    @Test func `one odd event does not lose the others`() throws {
        let delivery = try delivery(#"{"data":{"events":[\#(Self.event),null,{"uuid":1},[{}],\#(Self.event)]}}"#)
        #expect(delivery.events.map { event in (try? event.get())?.uuid } == ["u", nil, nil, nil, "u"])
        #expect(delivery.events[1] == .failure(.notAnObject))
        #expect(delivery.events[2] == .failure(.noUUID))
        #expect(delivery.events[3] == .failure(.notAnObject))
    }

    @Test func `no more elements are read than a body could hold events`() throws {
        func body(_ count: Int) -> [UInt8] {
            Array(#"{"eventId":"a","data":{"events":[0"#.utf8)
                + Array(repeating: Array(",0".utf8), count: count - 1).joined() + Array("]}}".utf8)
        }
        #expect(try Delivery(parsing: body(Delivery.maximumEvents)).events.count == Delivery.maximumEvents)
        #expect(throws: UnreadableDelivery.tooManyEvents) { try Delivery(parsing: body(Delivery.maximumEvents + 1)) }
        // The smallest real event seen has more than 1 KiB.
        #expect(Delivery.maximumEvents * 1_024 >= 16_777_216)
    }
}
