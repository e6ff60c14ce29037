import Foundation
import HTTPTransport
import Okta
import Synchronization
import Testing

@testable import OktaClient

/// Okta's groups and their members.
struct GroupsTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let base = "http://127.0.0.1"

    private static func page(
        _ items: [String],
        next: String? = nil,
        links: Bool = true,
        date: String? = date,
        took: Duration = .zero
    ) -> HTTPResponse {
        var headers: [(name: String, value: String)] = date.map { [("Date", $0)] } ?? []
        if links { headers.append(("Link", "<\(base)/api/v1/groups>; rel=\"self\"")) }
        if let next { headers.append(("link", "<\(next)>; rel=\"next\"")) }
        let body = "[" + items.joined(separator: ",") + "]"
        return HTTPResponse(status: 200, headers: headers, body: Array(body.utf8), duration: took)
    }

    private static func user(_ id: String, _ status: String = "ACTIVE") -> String {
        #"{"id":"\#(id)","status":"\#(status)","profile":{"login":"\#(id)@x","firstName":"A","lastName":"B"},"_links":{}}"#
    }

    private static func group(_ id: String, _ name: String) -> String {
        #"{"id":"\#(id)","type":"OKTA_GROUP","profile":{"name":"\#(name)","description":null}}"#
    }

    /// An org that answers each path and query.
    private static func groups(_ answers: [String: HTTPResponse]) throws -> (Groups, VirtualOkta) {
        let okta = VirtualOkta(instead: { request, _ in
            answers[String(request.url.dropFirst(base.count))] ?? HTTPResponse(status: 404)
        })
        return (Groups(try okta.api()), okta)
    }

    @Test func `groups are listed to the last page, without a search`() async throws {
        let (groups, okta) = try Self.groups([
            "/api/v1/groups?limit=200": Self.page(
                [Self.group("00g2", "AWS_B"), Self.group("00g1", "Everyone")],
                next: "\(Self.base)/api/v1/groups?after=x&limit=200"
            ),
            "/api/v1/groups?after=x&limit=200": Self.page([Self.group("00g3", "AWS_\\u00e9")]),
        ])
        let found = try await groups.all()
        #expect(found.map(\.id) == ["00g1", "00g2", "00g3"])
        #expect(found.map(\.name) == ["Everyone", "AWS_B", "AWS_é"])
        #expect(okta.requests.count == 2)
    }

    @Test func `members of any status are read, and hold as of when the first page was asked for`() async throws {
        let (groups, _) = try Self.groups([
            "/api/v1/groups/00g1/users?limit=200": Self.page(
                [Self.user("00u2", "SUSPENDED"), Self.user("00u1")],
                next: "\(Self.base)/api/v1/groups/00g1/users?after=x",
                took: .microseconds(1_500_001)
            ),
            // Somebody stood on both pages, as others left; a later page's date plays no part.
            "/api/v1/groups/00g1/users?after=x": Self.page(
                [Self.user("00u2", "DEPROVISIONED"), #"{"id":"00u3"}"#],
                date: "Sun, 06 Nov 1994 09:00:00 GMT"
            ),
        ])
        let found = try await groups.members(of: "00g1")
        #expect(found.instant.text == "1994-11-06T08:49:35.499Z")
        let members = try #require(found.members)
        #expect(members.map(\.id) == ["00u1", "00u2", "00u3"])
        #expect(members.map(\.status) == ["ACTIVE", "DEPROVISIONED", nil])
        #expect(members[0].login == "00u1@x" && members[0].name == "A B" && members[2].login == nil)
    }

    @Test func `a group that Okta does not have is gone, and that has an instant too`() async throws {
        let gone = HTTPResponse(status: 404, headers: [("Date", Self.date)])
        let (groups, _) = try Self.groups(["/api/v1/groups/00g1/users?limit=200": gone])
        let found = try await groups.members(of: "00g1")
        #expect(found.members == nil && found.instant.text == "1994-11-06T08:49:37.000Z")
        #expect(try await groups.group("00g1") == nil)
    }

    @Test func `what is not all of a group is none of it`() async throws {
        let full = (0..<200).map { Self.user("00u\($0)") }
        let path = "/api/v1/groups/00g1/users?limit=200"
        let more = "\(Self.base)/api/v1/groups/00g1/users?after=x"
        let cases: [(String, OktaError.Kind, [String: HTTPResponse])] = [
            ("a full page without any link", .noNextLink, [path: Self.page(full, links: false)]),
            ("a page in the middle that is missing", .refused(status: 404), [path: Self.page(full, next: more)]),
            ("no date", .noDate, [path: Self.page(full, date: nil)]),
            (
                "a circle", .endless,
                [path: Self.page(full, next: "\(Self.base)\(path)")]
            ),
            (
                "another host", .foreignLink(host: "evil.example"),
                [path: Self.page(full, next: "https://evil.example/api/v1/groups/00g1/users?after=x")]
            ),
            (
                "another endpoint", .foreignLink(host: "127.0.0.1"),
                [path: Self.page(full, next: "\(Self.base)/api/v1/users?after=x")]
            ),
            ("a member without an id", .malformed, [path: Self.page([#"{"status":"ACTIVE"}"#])]),
            ("an id that is not ASCII", .malformed, [path: Self.page([Self.user("00ué")])]),
            ("a status of many words", .malformed, [path: Self.page([Self.user("00u1", "a b")])]),
            (
                "no list", .malformed,
                [path: HTTPResponse(status: 200, headers: [("Date", Self.date)], body: Array("{}".utf8))]
            ),
        ]
        for (name, kind, answers) in cases {
            let (groups, _) = try Self.groups(answers)
            do throws(OktaError) {
                let members = try await groups.members(of: "00g1")
                Issue.record("\(name): \(members)")
            } catch {
                #expect(error.kind == kind, "\(name)")
            }
        }
        let (groups, _) = try Self.groups([path: Self.page(full)])
        #expect(try await groups.members(of: "00g1").members?.count == 200, "exactly one full page")
    }

    @Test func `no id leads elsewhere`() async throws {
        let (groups, okta) = try Self.groups([:])
        for id in ["", "..", ".", "a b", "é"] {
            await #expect(throws: OktaError(.malformed)) { try await groups.members(of: id) }
        }
        _ = try? await groups.group("a/../b?c")
        #expect(okta.requests.map(\.url) == ["\(Self.base)/api/v1/groups/a%2F..%2Fb%3Fc"])
    }

    @Test func `429 is waited out`() async throws {
        let asked = Mutex(0)
        let okta = VirtualOkta(instead: { _, _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return count < 3 ? HTTPResponse(status: 429) : Self.page([Self.group("00g1", "A")])
        })
        #expect(try await Groups(try okta.api()).all().count == 1)
        #expect(okta.waited.count == 2)
    }
}
