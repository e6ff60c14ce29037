import Dispatch
import Foundation
import Ledger
import Synchronization
import Testing

@testable import Server

private let delivery = #"{"eventId":"b9ab9263-a4ae-4780-9981-377ec8f2da86","data":{"events":[]}}"#

struct HookListenerTests {
    @Test func `a delivery is stored byte for byte and answered with an empty 200`() async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let answer = try #require(try await hook.deliver(delivery))
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
            #expect(answer.headers["server"] == nil)
            #expect(hook.counters.counts == .init(accepted: 1))
        }
        #expect(sink.taken.map(\.body) == [delivery])
        #expect(sink.taken.map(\.eventID) == ["b9ab9263-a4ae-4780-9981-377ec8f2da86"])
    }

    @Test func `a body in chunks is stored whole`() async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let answer = try await exchange(
                hook.port,
                "POST /okta/events?x=1 HTTP/1.1\r\nHost: h\r\nauthorization: \(HookFixture.secret)\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
            )
            #expect(answer?.status == 200)
        }
        #expect(sink.taken.map(\.body) == ["hello!"])
    }

    @Test(arguments: ["", "not json", "[]", #"{"eventId":7}"#, "\u{0}\u{1}"])
    func `bytes that cannot be read are stored all the same`(body: String) async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let answered = try await hook.deliver(body)?.status
            #expect(answered == 200)
        }
        #expect(sink.taken == [.init(body: body, eventID: nil, wasCancelled: false)])
    }

    @Test func `the answer waits until the delivery is durable`() async throws {
        let gate = Gate()
        let sink = RecordingSink { _ in
            await gate.pass()
            return .stored(position: 0, recordedAt: 0)
        }
        try await HookFixture.with(sink) { hook in
            let isEarly = Mutex(true)
            async let status = onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(HookFixture.delivery(delivery))
                let wasEarly = connection.hasNews(within: 100)
                isEarly.withLock { $0 = wasEarly }
                gate.open()
                return try connection.receive()?.status
            }
            let answered = try await status
            #expect(answered == 200)
            #expect(isEarly.withLock { !$0 })
        }
    }

    @Test func `a repeated delivery is acknowledged and counted`() async throws {
        try await HookFixture.with(RecordingSink { _ in .duplicate(of: 4) }) { hook in
            let answered = try await hook.deliver(delivery)?.status
            #expect(answered == 200)
            #expect(hook.counters.counts == .init(duplicates: 1))
        }
    }

    @Test(arguments: [AppendError.full, .overloaded, .broken, .closed])
    func `what is not stored is answered 503, so that Okta sends it again`(error: AppendError) async throws {
        let sink = RecordingSink { _ throws(AppendError) in throw error }
        try await HookFixture.with(sink) { hook in
            let answer = try #require(try await hook.deliver(delivery))
            #expect(answer.status == 503)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["retry-after"] != nil)
            let counts = hook.counters.counts
            #expect(counts.accepted == 0)
            #expect(counts.diskFull + counts.overloaded + counts.unavailable == 1)
        }
    }

    @Test func `a peer that hangs up does not undo what is being stored`() async throws {
        let gate = Gate()
        let begun = DispatchSemaphore(value: 0)
        let sink = RecordingSink { _ in
            begun.signal()
            await gate.pass()
            return .stored(position: 0, recordedAt: 0)
        }
        try await HookFixture.with(sink) { hook in
            try await onThread {
                let connection = try RawConnection(port: hook.port)
                try connection.send(HookFixture.delivery(delivery))
                begun.wait()
                connection.reset()
            }
            gate.open()
            try await hook.waitUntil { $0.accepted == 1 }
        }
        #expect(sink.taken.map(\.wasCancelled) == [false])
    }

    @Test(arguments: HookFixture.Ending.allCases)
    func `a shutdown answers what it has begun`(ending: HookFixture.Ending) async throws {
        let gate = Gate()
        let sink = RecordingSink { _ in
            await gate.pass()
            return .stored(position: 0, recordedAt: 0)
        }
        try await HookFixture.with(sink) { hook in
            async let answer = hook.deliver(delivery)
            await gate.arrivals(1)
            await hook.shutDown(ending)
            gate.open()
            let answered = try await answer?.status
            #expect(answered == 200)
        }
        #expect(sink.taken.map(\.wasCancelled) == [false])
    }

    @Test func `a service that is ended while connections come in does not trap`() async throws {
        for _ in 0..<5 {
            try await HookFixture.with { hook in
                // The fixture cancels the service as soon as this returns.
                try await onThread {
                    for _ in 0..<64 { _ = try RawConnection(port: hook.port) }
                }
            }
        }
    }

    @Test func `many deliveries at once are each stored once`() async throws {
        let sink = RecordingSink()
        try await HookFixture.with(sink) { hook in
            let bodies = (0..<64).map { #"{"eventId":"id-\#($0)"}"# }
            let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
                for body in bodies { group.addTask { try await hook.deliver(body)?.status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 64))
            #expect(sink.taken.map(\.body).sorted() == bodies.sorted())
        }
    }

    @Test func `Okta's verification is answered with its challenge`() async throws {
        try await HookFixture.with { hook in
            let head = "GET /okta/events HTTP/1.1\r\nHost: h\r\nX-Okta-Verification-Challenge: a-b_C\r\n"
            let answer = try await exchange(hook.port, head + "Authorization: \(HookFixture.secret)\r\n\r\n")
            #expect(answer?.status == 200)
            #expect(answer?.headers["content-type"] == "application/json")
            #expect(answer?.body == #"{"verification":"a-b_C"}"#)
            #expect(try await exchange(hook.port, head + "\r\n")?.status == 401)
            #expect(hook.counters.counts == .init(verifications: 1, unauthorized: 1))
        }
    }

    @Test func `a verification without a challenge is a bad request`() async throws {
        try await HookFixture.with { hook in
            let answer = try await exchange(
                hook.port,
                "GET /okta/events HTTP/1.1\r\nHost: h\r\nAuthorization: \(HookFixture.secret)\r\n\r\n"
            )
            #expect(answer?.status == 400)
            #expect(answer?.headers["content-type"] == "application/problem+json")
        }
    }

    @Test func `no log line shows a secret or a body`() async throws {
        try await HookFixture.with(RecordingSink(), apiKey: "hush-key", limits: .init(maximumBodyBytes: 100)) { hook in
            for secret in [HookFixture.secret, "hush-wrong", nil] {
                for extra in ["x-api-key: hush-key\r\n", "x-api-key: hush-bad\r\n", ""] {
                    _ = try await hook.deliver(#"{"eventId":"hush-body"}"#, secret: secret, extra: extra)
                    _ = try await hook.deliver(String(repeating: "hush", count: 30), secret: secret, extra: extra)
                }
            }
            #expect(hook.counters.counts == .init(accepted: 1, unauthorized: 16, tooLarge: 1))
            #expect(hook.log.lines.contains { $0.hasPrefix("error Delivery lost") })
            #expect(!hook.log.lines.joined().contains("hush"))
        }
    }
}
