import Foundation
import HTTPTransport
import SCIM
import Testing

@Suite struct `Outcomes of a write` {
    private func outcome(_ response: HTTPResponse, now: Int64 = 0) -> SCIMOutcome {
        SCIMOutcome(of: .success(response), duration: .milliseconds(5), now: now)
    }

    private func reason(_ outcome: SCIMOutcome) -> Refusal.Reason? {
        if case .refused(let refusal) = outcome.classification { refusal.reason } else { nil }
    }

    @Test func `any success of the directory is applied`() {
        #expect(outcome(HTTPResponse(status: 204)).classification == .applied)
        #expect(outcome(HTTPResponse(status: 200)).classification == .applied)
        #expect(outcome(answer(200, #"{"id":"g1"}"#)).classification == .applied)
    }

    @Test func `a page of somebody else is not a success`() {
        let html = HTTPResponse(status: 200, headers: [("Content-Type", "text/html")], body: Array("<html>".utf8))
        #expect(outcome(html).classification == .unknown(.foreignAnswer))
        #expect(outcome(HTTPResponse(status: 200, body: [1])).classification == .unknown(.foreignAnswer))
    }

    @Test(arguments: [
        (400, Refusal.Reason.invalid), (404, .notFound), (410, .notFound), (409, .conflict), (412, .conflict),
        (413, .tooLarge), (405, .other), (499, .other),
    ])
    func `a definite no is a refusal`(status: Int, reason: Refusal.Reason) {
        #expect(self.reason(outcome(HTTPResponse(status: status))) == reason)
    }

    @Test(arguments: [408, 500, 502, 503, 504, 599])
    func `a failure of the directory leaves the changes unknown`(status: Int) {
        #expect(outcome(HTTPResponse(status: status)).classification == .unknown(.serverFailed))
    }

    @Test func `a refused token and a throttle concern the whole target`() {
        #expect(outcome(HTTPResponse(status: 401)).classification == .unauthorized(status: 401))
        #expect(outcome(HTTPResponse(status: 403)).classification == .unauthorized(status: 403))
        let throttled = outcome(HTTPResponse(status: 429, headers: [("retry-after", "7")]))
        #expect(throttled.classification == .throttled(retryAfter: .seconds(7)) && throttled.retryAfter == .seconds(7))
        #expect(outcome(HTTPResponse(status: 429)).classification == .throttled(retryAfter: nil))
        #expect(outcome(HTTPResponse(status: 503, headers: [("Retry-After", "9")])).retryAfter == .seconds(9))
    }

    @Test(arguments: [301, 400, 401, 403, 404, 409, 429])
    func `a no to what was sent twice says nothing of the first`(status: Int) {
        #expect(outcome(HTTPResponse(status: status, timesSent: 2)).classification == .unknown(.sentTwice))
    }

    @Test func `a yes to what was sent twice is a yes`() {
        #expect(outcome(HTTPResponse(status: 204, timesSent: 2)).classification == .applied)
    }

    @Test func `no answer is not sent only where it is certain`() {
        let never = TransportError(.couldNotConnect, requestMayHaveArrived: false)
        let lost = TransportError(.connectionLost, requestMayHaveArrived: true)
        let notSent = SCIMOutcome(of: .failure(never), duration: .zero, now: 0)
        #expect(notSent.classification == .notSent && notSent.transportError == never && notSent.status == nil)
        #expect(SCIMOutcome(of: .failure(lost), duration: .zero, now: 0).classification == .unknown(.noAnswer))
    }

    @Test(arguments: [
        ("400_over_100_members", 400, Refusal.Reason.invalid), ("400_patch_without_path", 400, .invalid),
        ("400_replace_members", 400, .invalid), ("404_user", 404, .notFound), ("409_duplicate", 409, .conflict),
        ("409_duplicate_schema_only", 409, .conflict),
    ])
    func `what AWS answered is understood`(name: String, status: Int, reason: Refusal.Reason) throws {
        let path = "aws-errors/\(name).json"
        let body = try Fixture.bytes(path, "body")
        let detail = try Fixture.parse(body)["detail"] as? String
        let outcome = outcome(
            HTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: body)
        )
        guard case .refused(let refusal) = outcome.classification else { throw Fixture.Missing(name: path) }
        #expect(refusal.reason == reason && refusal.explanation.detail == detail && detail != nil)
        #expect(outcome.requestID == (try Fixture.parse(body)["exceptionRequestId"] as? String))
    }

    @Test func `an odd error body costs at most its odd members`() {
        let odd = outcome(answer(400, #"{"status":400,"detail":["x"],"scimType":"tooMany"}"#))
        guard case .refused(let refusal) = odd.classification else { return #expect(Bool(false)) }
        #expect(refusal.explanation.scimType == "tooMany" && refusal.explanation.detail == nil)
        let html = HTTPResponse(status: 404, headers: [("Content-Type", "text/html")], body: Array("<h1>".utf8))
        #expect(reason(outcome(html)) == .notFound)
        #expect(outcome(html).body == "<h1>")
    }

    @Test func `the request id of AWS is kept`() {
        let response = HTTPResponse(status: 204, headers: [("X-Amzn-RequestId", "abc-1")])
        #expect(outcome(response).requestID == "abc-1")
    }

    @Test(arguments: [4094, 4095, 4096, 4097])
    func `a long body is cut between characters and is valid UTF-8`(filler: Int) {
        let text = String(repeating: "x", count: filler) + "🗝🗝"
        let kept = outcome(HTTPResponse(status: 500, body: Array(text.utf8))).body
        #expect(text.hasPrefix(kept) && (4093...4096).contains(kept.utf8.count))
        let broken = outcome(HTTPResponse(status: 500, body: Array(repeating: 0xff, count: 10_000))).body
        #expect(broken.utf8.count <= 4096 && broken.unicodeScalars.allSatisfy { $0 == "\u{fffd}" })
    }

    @Test(arguments: [0, 1010, 4080])
    func `a directory that repeats the token does not bring it into the log`(filler: Int) async throws {
        let text = String(repeating: "x", count: filler) + testToken
        let directory = ScriptedDirectory { _ in answer(400, "{\"detail\":\"\(text)\"}") }
        let patch = try MemberPatch(groupID: "g1", changes: [MemberChange(memberID: "u1", state: .present)])
        let outcome = try await scimClient(directory, .rfc).send(patch.request(in: .rfc), changes: patch.changes.count)
        var dumped = ""
        dump(outcome, to: &dumped)
        #expect(!dumped.contains(testToken.prefix(6)))
    }
}

@Suite struct `Retry-After` {
    /// 1994-11-06 08:49:07 UTC, half a minute before the date of the examples in RFC 9110.
    private let now: Int64 = 784_111_747_000_000

    private func wait(_ value: String) -> Duration? {
        let response = HTTPResponse(status: 429, headers: [("Retry-After", value)])
        return SCIMOutcome(of: .success(response), duration: .zero, now: now).retryAfter
    }

    @Test(arguments: [
        ("0", Duration.seconds(0)), ("120", .seconds(120)), (" 5 ", .seconds(5)),
        ("86401", .seconds(86_400)), ("99999999999999999999", .seconds(86_400)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(30)), ("Sunday, 06-Nov-94 08:49:37 GMT", .seconds(30)),
        ("Sun Nov  6 08:49:37 1994", .seconds(30)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
        ("Tue, 29 Feb 2028 00:00:00 GMT", .seconds(86_400)),
    ])
    func `seconds and all three forms of date are understood`(value: String, wait: Duration) {
        #expect(self.wait(value) == wait)
    }

    @Test(arguments: [
        "", "-1", "1.5", "soon", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "٣",
    ])
    func `anything else is no wish`(value: String) {
        #expect(wait(value) == nil)
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0), ("Tue, 29 Feb 2028 00:00:10 GMT", 1_835_395_200),
        ("Wed, 01 Mar 2028 00:00:10 GMT", 1_835_481_600), ("Tue, 24 Nov 2026 22:00:10 GMT", 1_795_557_600),
    ])
    func `dates are counted right, leap days too`(date: String, secondsSince1970: Int64) {
        let response = HTTPResponse(status: 503, headers: [("Retry-After", date)])
        let outcome = SCIMOutcome(of: .success(response), duration: .zero, now: secondsSince1970 * 1_000_000)
        #expect(outcome.retryAfter == .seconds(10))
    }
}
