import Foundation
import Sandbox
import Testing

@Suite struct DirectoryPagingTests {
    private static func encoded(_ cursor: String) -> String {
        cursor.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    @Test func `cursors lead over all users, and no page tells a total`() async throws {
        try await Peer.run { (peer) async throws in
            try peer.directory.seed(users: (0..<250).map { SeedUser(userName: "user\($0)") })
            var seen: [String] = []
            var sizes: [Int] = []
            var path: String? = "/Users?cursor"
            while let here = path {
                let page = try await peer.get(here)
                #expect(page.json["totalResults"] == nil && page.json["startIndex"] == nil)
                seen += page.resources.compactMap { $0["userName"] as? String }
                sizes.append(page.ids.count)
                path = (page.json["nextCursor"] as? String).map { "/Users?cursor=\(Self.encoded($0))" }
            }
            #expect(sizes == [100, 100, 50])
            #expect(seen == (0..<250).map { "user\($0)" })
        }
    }

    @Test func `pages may be short, and users deleted meanwhile hide nobody`() async throws {
        try await Peer.run(.init(throttles: .off, shortPages: true)) { (peer) async throws in
            try peer.directory.seed(users: (0..<9).map { SeedUser(userName: "user\($0)") })
            let first = try await peer.get("/Users?cursor=&count=6")
            #expect(first.ids.count == 3)
            _ = try await peer.send("DELETE", "/Users/\(first.ids[0])")
            let cursor = Self.encoded(try #require(first.json["nextCursor"] as? String))
            let second = try await peer.get("/Users?cursor=\(cursor)&count=6")
            #expect(second.resources.compactMap { $0["userName"] as? String } == ["user3", "user4", "user5"])
        }
    }

    @Test func `a cursor holds for its filter only and must be percent-encoded`() async throws {
        try await Peer.run { (peer) async throws in
            let users = try await DirectoryAccessTests.manyUsers(peer, 3)
            let group = try await peer.createGroup("G", members: users).id
            let other = try await peer.createGroup("H", members: users).id
            let filter = #"groups.value eq "\#(group)""#
            let first = try await peer.filter("Users", filter, "&cursor=&count=2")
            let cursor = try #require(first.json["nextCursor"] as? String)
            #expect(cursor.wholeMatch(of: /[-a-zA-Z0-9+=\/:_]+/) != nil)
            let next = "&cursor=\(Self.encoded(cursor))&count=2"
            #expect(try await peer.filter("Users", filter, next).ids == [users[2]])
            #expect(try await peer.filter("Users", #"groups.value eq "\#(other)""#, next).status == 400)
            #expect(try await peer.get("/Users?cursor=\(Self.encoded(cursor))").status == 400)
            #expect(try await peer.filter("Users", filter, "&cursor=\(cursor)").status == 400)
            #expect(try await peer.get("/Users?cursor=bogus").status == 400)
        }
    }

    @Test func `without a cursor there is one page whose total is what it holds`() async throws {
        try await Peer.run { (peer) async throws in
            try peer.directory.seed(users: (0..<120).map { SeedUser(userName: "user\($0)") })
            let page = try await peer.get("/Users?startIndex=101")
            #expect(page.ids.count == 100)
            #expect(page.json["totalResults"] as? Int == 100)
            #expect(page.json["startIndex"] as? Int == 1)
            #expect(page.json["nextCursor"] == nil)
            #expect(peer.violations == [.unsupportedParameter])
        }
    }

    @Test(arguments: ["0", "101", "-1", "x", ""])
    func `a count outside 1 to 100 is 400`(count: String) async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.get("/Groups?count=\(count)").status == 400)
            #expect(try await peer.get("/Groups?count=1").status == 200)
            #expect(try await peer.get("/Groups?count=100").status == 200)
        }
    }
}
