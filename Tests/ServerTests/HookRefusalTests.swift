import Foundation
import Ledger
import NIOCore
import Synchronization
import Testing

@testable import Server

private let anything = #"{"eventId":"x"}"#

/// What the listener does with requests that are wrong, too large, too slow, or too many.
struct HookRefusalTests {
    @Test(arguments: [
        // The current and the previous secret are good, in a header of any case.
        ("Authorization: hush-current", 200),
        ("AUTHORIZATION: hush-previous", 200),
        // Nothing, something else, a part, more, another case, the right one beside a wrong one.
        ("X: y", 401),
        ("Authorization: wrong", 401),
        ("Authorization: hush-curren", 401),
        ("Authorization: hush-currentx", 401),
        ("Authorization: Hush-current", 401),
        ("Authorization: hush-current\r\nAuthorization: wrong", 401),
        ("Authorization:", 401),
    ])
    func `only the right secret is let in, and nothing else is stored`(header: String, status: Int) async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let answer = try #require(try await hook.deliver(anything, secret: nil, extra: header + "\r\n"))
            #expect(answer.status == status)
            #expect(sink.taken.count == (status == 200 ? 1 : 0))
            #expect(hook.counters.counts.unauthorized == (status == 401 ? 1 : 0))
        }
    }

    @Test(arguments: [("x-api-key: hush-key\r\n", 200), ("x-api-key: other\r\n", 401), ("", 401)])
    func `a configured api key must match too`(header: String, status: Int) async throws {
        try await HookFixture.with(apiKey: "hush-key") { hook in
            let answered = try await hook.deliver(anything, extra: header)?.status
            #expect(answered == status)
        }
    }

    @Test func `a wrong secret is refused before the body is read`() async throws {
        try await HookFixture.with { hook in
            // The body is announced and never sent.
            let answer = try #require(
                try await exchange(
                    hook.port,
                    "POST /okta/events HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"
                )
            )
            #expect(answer.status == 401)
            #expect(answer.headers["www-authenticate"] != nil)
            let body = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
            #expect(body["type"] as? String == "about:blank")
            #expect(body["title"] as? String == "Unauthorized")
            #expect(body["status"] as? Int == 401)
            #expect((body["detail"] as? String)?.isEmpty == false)
        }
    }

    @Test func `a connection is of use after a refusal`() async throws {
        try await HookFixture.with { hook in
            let statuses = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(HookFixture.delivery(anything, secret: nil) + HookFixture.delivery(anything))
                return [try connection.receive()?.status, try connection.receive()?.status]
            }
            #expect(statuses == [401, 200])
        }
    }

    @Test func `a body announced too large is refused at once`() async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let answer = try await exchange(
                hook.port,
                "POST /okta/events HTTP/1.1\r\nHost: h\r\nAuthorization: hush-current\r\nContent-Length: 16777217\r\n\r\n"
            )
            #expect(answer?.status == 413)
            #expect(answer?.headers["content-type"] == "application/problem+json")
            #expect(hook.counters.counts == .init(tooLarge: 1))
            #expect(hook.log.lines.contains { $0.hasPrefix("error Delivery lost") && $0.contains("16777217") })
        }
        #expect(sink.taken.isEmpty)
    }

    @Test(arguments: [(100, 200), (101, 413)])
    func `a body that streams over the limit is refused, and one of exactly the limit is not`(
        size: Int,
        status: Int
    ) async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink, limits: .init(maximumBodyBytes: 100)) { hook in
            let chunks = String(repeating: "1\r\nx\r\n", count: size) + "0\r\n\r\n"
            let answer = try await exchange(
                hook.port,
                "POST /okta/events HTTP/1.1\r\nHost: h\r\nAuthorization: hush-current\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n\(chunks)"
            )
            #expect(answer?.status == status)
            #expect(sink.taken.count == (status == 200 ? 1 : 0))
        }
    }

    @Test(arguments: [false, true])
    func `more bytes in flight than the budget are refused until there is room`(inChunks: Bool) async throws {
        let gate = Gate()
        let sink = RecordingSink { number in
            await gate.pass()
            return .stored(position: Int64(number), recordedAt: 0)
        }
        try await HookFixture.with(sink, limits: .init(maximumBytesInFlight: 100)) { hook in
            let body = String(repeating: "x", count: 60)
            let request =
                inChunks
                ? "POST /okta/events HTTP/1.1\r\nHost: h\r\nAuthorization: hush-current\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n3c\r\n\(body)\r\n0\r\n\r\n"
                : HookFixture.delivery(body)
            async let first = exchange(hook.port, request)
            await gate.arrivals(1)
            let second = try await exchange(hook.port, request)
            #expect(second?.status == 503)
            #expect(second?.headers["retry-after"] == "1")
            #expect(hook.counters.counts.overloaded == 1)
            gate.open()
            #expect(try await first?.status == 200)
            #expect(try await exchange(hook.port, request)?.status == 200)
        }
    }

    /// Bodies that end before they are whole: half-closed, so that the answer can still be read.
    @Test(arguments: [
        "Content-Length: 40\r\n\r\n{\"eventId\":\"x\"}",
        "Content-Length: 40\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"eventId\":\"x\"}\r\n",
        "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"eventId\":\"x\"}",
        "Transfer-Encoding: chunked\r\n\r\nnothex\r\n",
    ])
    func `half a body is never taken for a whole one`(rest: String) async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let head = "POST /okta/events HTTP/1.1\r\nHost: h\r\nAuthorization: hush-current\r\n"
            let status = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(head + rest)
                connection.finishSending()
                return try connection.receive()?.status
            }
            #expect(status == 400)
            #expect(hook.counters.counts == .init(incomplete: 1))
            try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(head + rest)
                connection.reset()
            }
        }
        // The service has ended, so nothing more can come.
        #expect(sink.taken.isEmpty)
    }

    @Test func `a body that drips is cut`() async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink, limits: .init(bodyDeadline: .milliseconds(200))) { hook in
            let (status, dropped) = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(
                    "POST /okta/events HTTP/1.1\r\nHost: h\r\nAuthorization: hush-current\r\nContent-Length: 9999\r\n\r\n"
                )
                try connection.drip()
                return (try connection.receive()?.status, connection.isDropped())
            }
            #expect(status == 503)
            #expect(dropped)
            #expect(hook.counters.counts == .init(incomplete: 1))
        }
        #expect(sink.taken.isEmpty)
    }

    @Test func `a refused body that drips is cut as well`() async throws {
        try await HookFixture.with(limits: .init(bodyDeadline: .milliseconds(200))) { hook in
            let status = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send("POST /okta/events HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n")
                let status = try connection.receive()?.status
                try connection.drip()
                return status
            }
            #expect(status == 401)
        }
    }

    @Test func `a head that drips is cut`() async throws {
        try await HookFixture.with(limits: .init(headDeadline: .milliseconds(200))) { hook in
            let answer = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send("POST /okta/events HTTP/1.1\r\nX: ")
                try connection.drip()
                return try connection.receive()
            }
            #expect(answer == nil)
        }
    }

    @Test func `an idle connection is closed`() async throws {
        try await HookFixture.with(limits: .init(idleDeadline: .milliseconds(100))) { hook in
            let (status, ended) = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(HookFixture.delivery(anything))
                return (try connection.receive()?.status, try connection.receive() == nil)
            }
            #expect(status == 200)
            #expect(ended)
        }
    }

    @Test func `no deadline runs while we owe the answer`() async throws {
        let gate = Gate()
        let sink = RecordingSink { _ in
            await gate.pass()
            return .stored(position: 0, recordedAt: 0)
        }
        let short = ListenerLimits(

            bodyDeadline: .milliseconds(50),
            idleDeadline: .milliseconds(50)
        )
        try await HookFixture.with(sink, limits: short) { hook in
            let (wasCut, status) = try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(HookFixture.delivery(anything))
                let wasCut = connection.hasNews(within: 300)
                gate.open()
                return (wasCut, try connection.receive()?.status)
            }
            #expect(!wasCut)
            #expect(status == 200)
        }
    }

    @Test func `connections over the cap wait for a place`() async throws {
        try await HookFixture.with(limits: .init(maximumConnections: 1)) { hook in
            let (hadNews, status) = try await onThread {
                let first = try RawConnection(port: hook.port)
                try first.send(HookFixture.delivery(anything))
                _ = try first.receive()
                let second = try RawConnection(port: hook.port)
                try second.send(HookFixture.delivery(anything))
                let hadNews = second.hasNews(within: 100)
                first.close()
                return (hadNews, try second.receive()?.status)
            }
            #expect(!hadNews)
            #expect(status == 200)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1", 404, nil),
        ("GET /okta/events/ HTTP/1.1", 404, nil),
        ("POST /okta/event%73 HTTP/1.1", 404, nil),
        ("PUT /okta/events HTTP/1.1", 405, "GET, POST"),
        ("POST /healthz HTTP/1.1", 405, "GET"),
    ])
    func `there is nothing else`(line: String, status: Int, allow: String?) async throws {
        try await HookFixture.with { hook in
            let answer = try #require(try await exchange(hook.port, "\(line)\r\nHost: h\r\nContent-Length: 0\r\n\r\n"))
            #expect(answer.status == status)
            #expect(answer.headers["allow"] == allow)
            #expect(answer.headers["content-type"] == "application/problem+json")
        }
    }

    @Test(arguments: [
        "NOT HTTP\r\n\r\n",
        "POST /okta/events HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n",
        "POST /okta/events HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\n" + String(repeating: "X: x\r\n", count: 200) + "\r\n",
    ])
    func `what is not proper HTTP is refused`(request: String) async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let answered = try await exchange(hook.port, request)?.status
            #expect(answered == 400)
        }
        #expect(sink.taken.isEmpty)
    }

    @Test(arguments: [(true, 200), (false, 503)])
    func `the liveness probe tells whether the log still acknowledges`(isHealthy: Bool, status: Int) async throws {
        try await HookFixture.with(isHealthy: { isHealthy }) { hook in
            let answer = try await exchange(hook.port, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer?.status == status)
        }
    }
}
