import Foundation
import SCIM
import Testing

@Suite struct `Membership patches` {
    private func patch(add: [String] = [], remove: [String] = [], group: String = "g1") throws -> MemberPatch {
        let changes =
            add.map { MemberChange(memberID: $0, state: .present) }
            + remove.map { MemberChange(memberID: $0, state: .absent) }
        return try MemberPatch(groupID: group, changes: changes)
    }

    private func body(_ patch: MemberPatch, _ dialect: Dialect) throws -> NSDictionary {
        try Fixture.parse(#require(patch.request(in: dialect).body))
    }

    private func documented(_ name: String) throws -> NSDictionary {
        try Fixture.parse(Fixture.bytes("aws-devguide/PatchGroup_bodies.json", name))
    }

    @Test(arguments: Dialect.allCases)
    func `an addition is the documented body in both dialects`(dialect: Dialect) throws {
        #expect(try body(patch(add: ["userId"]), dialect) == documented("add"))
    }

    @Test func `a removal is the documented body of each dialect`() throws {
        #expect(try body(patch(remove: ["userId"]), .aws) == documented("remove"))
        #expect(try body(patch(remove: ["userId"]), .rfc) == documented("rfc_remove"))
    }

    @Test func `both in one request are the documented operations, removals first`() throws {
        let operations = try #require(body(patch(add: ["u1"], remove: ["u2"]), .aws)["Operations"] as? [NSDictionary])
        let expected = try #require(documented("add_and_remove_in_one")["Operations"] as? [NSDictionary])
        #expect(operations == expected.reversed())
    }

    @Test func `the bytes are fixed`() throws {
        let mixed = try patch(add: ["u1", "u2"], remove: [#"u"3\"#, "u4"], group: "a/b c")
        let head = #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":["#
        let add = #"{"op":"add","path":"members","value":[{"value":"u1"},{"value":"u2"}]}]}"#
        let aws = head + #"{"op":"remove","path":"members","value":[{"value":"u\"3\\"},{"value":"u4"}]},"# + add
        let rfc =
            head + #"{"op":"remove","path":"members[value eq \"u\\\"3\\\\\"]"},"#
            + #"{"op":"remove","path":"members[value eq \"u4\"]"},"# + add
        for (dialect, text) in [(Dialect.aws, aws), (.rfc, rfc)] {
            let request = mixed.request(in: dialect)
            #expect(String(decoding: try #require(request.body), as: UTF8.self) == text)
            #expect(request.method == "PATCH" && request.path == "/Groups/a%2Fb%20c" && request.isIdempotent)
        }
    }

    @Test(arguments: nastyNames)
    func `a member id cannot leave its filter`(id: String) throws {
        let operations = try #require(body(patch(remove: [id]), .rfc)["Operations"] as? [NSDictionary])
        let path = try #require(operations.first?["path"] as? String)
        try #require(path.hasPrefix("members[value eq ") && path.hasSuffix("]"))
        let literal = path.dropFirst("members[value eq ".count).dropLast()
        // Reading the filter's literal as one JSON string to its very end gives the id back.
        let parsed = try JSONSerialization.jsonObject(with: Data(literal.utf8), options: .fragmentsAllowed) as? String
        #expect(parsed.map { Array($0.utf8) } == Array(id.utf8))
    }

    @Test func `an empty list is never sent`() {
        #expect(throws: InvalidPatch.empty) { try patch() }
    }

    @Test func `a hundred changes fit and one more does not, whatever their kind`() throws {
        let ids = (0..<101).map { "u\($0)" }
        #expect(try patch(add: Array(ids[..<50]), remove: Array(ids[50..<100])).changes.count == 100)
        #expect(throws: InvalidPatch.tooManyChanges(101)) {
            try patch(add: Array(ids[..<50]), remove: Array(ids[50...]))
        }
    }

    @Test func `a member has one state`() throws {
        #expect(throws: InvalidPatch.repeatedMember) { try patch(add: ["u1"], remove: ["u1"]) }
        #expect(throws: InvalidPatch.repeatedMember) { try patch(add: ["u1", "u1"]) }
        // One character in two spellings is two ids.
        #expect(try patch(add: ["Zo\u{eb}", "Zoe\u{308}"]).changes.count == 2)
    }

    @Test(arguments: ["", ".", "..", String(repeating: "x", count: 513)])
    func `an id that would name another resource is refused`(id: String) {
        #expect(throws: InvalidPatch.groupID) { try patch(add: ["u1"], group: id) }
        #expect(throws: InvalidPatch.memberID) { try patch(add: [id]) }
    }
}
