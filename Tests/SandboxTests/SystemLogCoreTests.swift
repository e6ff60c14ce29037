import Foundation
import Sandbox
import Testing

/// The simulated System Log keeps to what Okta documents, read here with nothing but Foundation.
struct SystemLogCoreTests {
    private let now: Int64 = 1_790_000_000_000_000_000
    private let day: Int64 = 86_400_000_000_000

    private func ask(_ core: inout SystemLogCore, _ query: String, token: String = "sandbox-okta-token")
        -> DirectoryResponse
    {
        core.receive(
            DirectoryRequest(
                method: "GET",
                target: "/api/v1/logs?" + query,
                headers: [("Authorization", "SSWS \(token)"), ("Host", "example.okta.com")]
            ),
            now: now
        )
    }

    private func uuids(_ response: DirectoryResponse) throws -> [String] {
        let events = try JSONSerialization.jsonObject(with: Data(response.body)) as? [[String: Any]] ?? []
        return events.compactMap { $0["uuid"] as? String }
    }

    private func text(_ nanoseconds: Int64) -> String {
        HandText.rfc3339(nanoseconds)
    }

    private func events(_ count: Int, startingAt start: Int64) -> [GeneratedEvent] {
        var generator = OktaGenerator(seed: 3, startingAt: start, pace: .init(meanGapMilliseconds: 1_000))
        return (0..<count).map { _ in generator.change() }
    }

    @Test func `an event can be seen once it is kept, in the order of keeping`() throws {
        var core = SystemLogCore()
        let made = events(3, startingAt: now - 1_000_000_000_000)
        core.keep(made[0], at: now - 10)
        core.keep(made[1], at: now - 20)
        core.keep(made[2], at: now + 10)
        let since = "since=\(text(now - day))&limit=10"
        #expect(try uuids(ask(&core, since)) == [made[1].uuid, made[0].uuid])
    }

    @Test func `next is always there, and its own page again at the end`() throws {
        var core = SystemLogCore()
        for event in events(5, startingAt: now - 1_000_000_000_000) { core.keep(event, at: event.published) }
        var query = "since=\(text(now - day))&limit=2"
        var sizes: [Int] = []
        for _ in 0..<5 {
            let page = ask(&core, query)
            sizes.append(try uuids(page).count)
            let links = page.headers.filter { $0.name.lowercased() == "link" }.map(\.value)
            #expect(links.count == 2)
            let next = try #require(links.first { $0.hasSuffix("rel=\"next\"") })
            let target = try #require(next.firstMatch(of: /logs\?([^>]*)>/))
            if sizes.last == 0 { #expect(String(target.1) == query) }
            query = String(target.1)
        }
        #expect(sizes == [2, 2, 1, 0, 0])
    }

    @Test func `what is older than 90 days is gone, and asking beyond 180 is refused`() throws {
        var core = SystemLogCore()
        for event in events(1, startingAt: now - 91 * day) + events(1, startingAt: now - 89 * day) {
            core.keep(event, at: event.published)
        }
        #expect(try uuids(ask(&core, "since=\(text(now - 170 * day))")).count == 1)
        let refused = ask(&core, "since=\(text(now - 181 * day))")
        #expect(refused.status == 400 && String(decoding: refused.body, as: UTF8.self).contains("E0000053"))
    }

    @Test(arguments: ["limit=1001", "limit=x", "sortOrder=DESCENDING", "filter=published%20gt%20%22x%22", "until=x"])
    func `what a polling request may not ask is refused`(query: String) {
        var core = SystemLogCore()
        #expect(ask(&core, query).status == 400)
    }

    @Test func `a window has so many requests, and says when the next one begins`() {
        var settings = OktaSettings()
        settings.requestsPerWindow = 2
        var core = SystemLogCore(settings: settings)
        let statuses = (0..<3).map { _ in ask(&core, "limit=1").status }
        #expect(statuses == [200, 200, 429])
        let headers = Dictionary(ask(&core, "limit=1").headers.map { ($0.name, $0.value) }) { $1 }
        #expect(headers["X-Rate-Limit-Remaining"] == "0" && headers["X-Rate-Limit-Reset"] == "1790000060")
        #expect(headers["Date"] == "Mon, 21 Sep 2026 14:13:20 GMT")
        #expect(ask(&core, "limit=1", token: "other").status == 401)
    }
}

private enum HandText {
    static func rfc3339(_ nanoseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
