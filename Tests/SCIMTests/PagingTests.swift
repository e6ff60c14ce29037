import Foundation
import HTTPTransport
import SCIM
import Testing

/// A directory's list of users `u0`, `u1`, … and how it pages.
private struct ListingDirectory: Sendable {
    enum Paging: CaseIterable {
        case cursor, cursorWithTotals, index, indexWithoutStart, endlessCursor, emptyCursorPages
    }

    var paging: Paging
    var count: Int
    /// The most resources in one page.
    var cap = 100

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let asked = min(Int(queryItem("count", of: request) ?? "") ?? 100, cap)
        let cursor = queryItem("cursor", of: request)
        let followsCursor = cursor != nil && paging != .index && paging != .indexWithoutStart
        var start = (queryItem("startIndex", of: request).flatMap(Int.init) ?? 1) - 1
        if followsCursor { start = Int(cursor?.dropFirst("c+/=".count) ?? "") ?? 0 }
        if paging == .indexWithoutStart { start = 0 }
        // Every second page is empty: it takes two requests to come on by one page.
        let isEmpty = paging == .emptyCursorPages && cursor?.hasSuffix("e") != true
        if paging == .emptyCursorPages { start = Int(cursor?.dropFirst(4).prefix { $0 != "e" } ?? "") ?? 0 }
        let end = isEmpty ? start : min(start + asked, count)
        let users = (min(start, end)..<end).map { "{\"id\":\"u\($0)\",\"userName\":\"u\($0)\"}" }
        var members = [
            #""schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]"#,
            "\"Resources\":[\(users.joined(separator: ","))]",
        ]
        if !followsCursor || paging == .cursorWithTotals { members.append("\"totalResults\":\(count)") }
        if followsCursor, end < count { members.append("\"nextCursor\":\"c+/=\(end)\(isEmpty ? "e" : "")\"") }
        if paging == .endlessCursor, end >= count { members.append("\"nextCursor\":\"c+/=0\"") }
        return SCIMTests.answer(200, "{\(members.joined(separator: ","))}")
    }
}

@Suite struct `Paging` {
    private func members(_ directory: ListingDirectory) async throws -> (ids: [String], requests: [HTTPRequest]) {
        let sender = ScriptedDirectory { directory.answer($0) }
        return (try await scimClient(sender, .aws).members(of: "g1"), sender.requests)
    }

    @Test func `the first page has an empty cursor, and each page the same filter`() async throws {
        let (ids, requests) = try await members(ListingDirectory(paging: .cursor, count: 250))
        #expect(ids == (0..<250).map { "u\($0)" })
        #expect(requests.map { queryItem("cursor", of: $0) } == ["", "c+/=100", "c+/=200"])
        #expect(requests.allSatisfy { queryItem("filter", of: $0) == #"groups.value eq "g1""# })
        #expect(requests.allSatisfy { !$0.url.contains("startIndex") })
        #expect(requests[1].url.hasSuffix("&cursor=c%2B%2F%3D100"))
    }

    @Test func `a directory that ignores the cursor is read to its end by index`() async throws {
        let (ids, requests) = try await members(ListingDirectory(paging: .index, count: 250, cap: 70))
        #expect(ids.count == 250)
        #expect(requests.map { queryItem("startIndex", of: $0) } == [nil, "71", "141", "211"])
    }

    @Test func `any size of list and page is read whole, each resource once`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let paging =
                [ListingDirectory.Paging.cursor, .cursorWithTotals, .index, .emptyCursorPages]
                .randomElement(using: &random) ?? .index
            let cap = Int.random(in: 1...120, using: &random)
            let directory = ListingDirectory(paging: paging, count: Int.random(in: 0...500, using: &random), cap: cap)
            let ids = try await members(directory).ids
            #expect(ids == (0..<directory.count).map { "u\($0)" }, "\(directory), seed \(seed)")
        }
    }

    @Test func `a match on the last page of a directory that ignores the filter is found`() async throws {
        let directory = ListingDirectory(paging: .index, count: 777)
        let sender = ScriptedDirectory { directory.answer($0) }
        let found = try await scimClient(sender, .rfc).userByUserName("u776")
        #expect(found == .found(SCIMUser(id: "u776", externalID: nil, userName: "u776", active: nil)))
        #expect(sender.requests.first.flatMap { queryItem("startIndex", of: $0) } == "1")
    }

    @Test(arguments: [150, 200, 250])
    func `repeated pages do not make a list whole`(count: Int) async throws {
        let repeating = ListingDirectory(paging: .indexWithoutStart, count: count)
        let error = await #expect(throws: SCIMError.self) { try await members(repeating) }
        #expect(error?.kind == .incompleteList(received: 100, announced: count))
    }

    @Test func `a list that comes to an end early is an error`() async throws {
        let liar = ScriptedDirectory { _ in
            answer(200, #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":3}"#)
        }
        let client = try scimClient(liar, .rfc)
        let second = await #expect(throws: SCIMError.self) { try await client.userByExternalID("x") }
        #expect(second?.kind == .incompleteList(received: 0, announced: 3) && liar.requests.count == 1)
    }

    @Test func `an endless list is given up`() async throws {
        let endless = ListingDirectory(paging: .endlessCursor, count: 50)
        let sender = ScriptedDirectory { endless.answer($0) }
        let client = try scimClient(sender, .aws)
        let error = await #expect(throws: SCIMError.self) { try await client.userByUserName("nobody") }
        #expect(error?.kind == .endlessList(limit: ListLimits.lookup.resources))
        #expect(sender.requests.count == 20)
        let empty = ScriptedDirectory { _ in
            let schemas = #""schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]"#
            return answer(200, "{\(schemas),\"nextCursor\":\"again\"}")
        }
        let second = await #expect(throws: SCIMError.self) {
            try await scimClient(empty, .aws).userByUserName("nobody")
        }
        #expect(second?.kind == .endlessList(limit: ListLimits.lookup.pages))
    }

}
