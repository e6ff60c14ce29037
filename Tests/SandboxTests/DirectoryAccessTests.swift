import Foundation
import Sandbox
import Testing

@Suite struct DirectoryAccessTests {
    @Test func `a bad token, no token and a bad tenant are all 401`() async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.send("GET", "/Users", token: "wrong").status == 401)
            #expect(try await peer.send("GET", "/Users", token: nil).status == 401)
            #expect(try await peer.send("GET", "/Users", base: "/other/scim/v2").status == 401)
            #expect(try await peer.get("/Users").status == 200)
        }
    }

    @Test func `an empty path segment leads nowhere`() async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.get("//Users").status == 404)
            #expect(try await peer.get("/Users/").status == 404)
            #expect(try await peer.get("Users").status == 404)
            #expect(peer.violations == [.emptySegment])
        }
    }

    @Test func `a PATCH without User-Agent is refused and changes nothing`() async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a").id
            let group = try await peer.createGroup("G").id
            let body = Peer.patchBody([Peer.add([user])])
            let answer = try await peer.send("PATCH", "/Groups/\(group)", body, userAgent: nil)
            #expect(answer.status == 403)
            #expect(peer.directory.membership() == ["G": []])
            #expect(peer.violations == [.noUserAgent])
            #expect(try await peer.send("PATCH", "/Groups/\(group)", body).status == 204)
            #expect(try await peer.send("GET", "/Groups/\(group)", userAgent: nil).status == 200)
        }
    }

    @Test func `every answer carries a request id of its own, the same as in an error body`() async throws {
        try await Peer.run { (peer) async throws in
            let good = try await peer.get("/Users")
            let bad = try await peer.get("/Users/none")
            #expect(good.headers["x-amzn-requestid"] != nil)
            #expect(good.headers["content-type"] == "application/json")
            #expect(bad.headers["x-amzn-requestid"] == bad.json["exceptionRequestId"] as? String)
            #expect(bad.headers["x-amzn-requestid"] != good.headers["x-amzn-requestid"])
        }
    }

    @Test func `error bodies are those that AWS sends`() async throws {
        try await Peer.run { (peer) async throws in
            let users = try await Self.manyUsers(peer, 101)
            let group = try await peer.createGroup("G").id
            let answers = [
                "400_over_100_members": try await peer.patch(group, Peer.add(users)),
                "400_patch_without_path": try await peer.patch(
                    group,
                    #"{"op":"replace","value":{"displayName":"x","externalId":"y"}}"#
                ),
                "400_replace_members": try await peer.patch(
                    group,
                    #"{"op":"replace","path":"members","value":[{"value":"\#(users[0])"}]}"#
                ),
                "404_user": try await peer.get("/Users/none"),
                "409_duplicate": try await peer.createGroup("G"),
            ]
            for (name, answer) in answers {
                let fixture = try Fixtures.object("scim/aws-errors/\(name).json")
                let body = try #require(fixture["body"] as? [String: Any])
                #expect(answer.status == fixture["_http_status"] as? Int, "\(name)")
                #expect(Fixtures.shape(answer.json) == Fixtures.shape(body), "\(name)")
                for key in ["detail", "status"] {
                    #expect(answer.json[key] as? String == body[key] as? String, "\(name)")
                }
                for key in ["schema", "schemas"] {
                    #expect(answer.json[key] as? [String] == body[key] as? [String], "\(name)")
                }
                let stamp = try #require(answer.json["timeStamp"] as? String)
                #expect(stamp.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}/) != nil)
            }
        }
    }

    @Test func `the service provider configuration is AWS's stale one`() async throws {
        try await Peer.run { (peer) async throws in
            let wanted = try Fixtures.object("scim/aws-devguide/ServiceProviderConfig.json")
            let answer = try await peer.get("/ServiceProviderConfig")
            #expect(NSDictionary(dictionary: answer.json) == NSDictionary(dictionary: wanted))
        }
    }

    @Test func `there is no PUT on groups and no unknown route`() async throws {
        try await Peer.run { (peer) async throws in
            let group = try await peer.createGroup("G").id
            #expect(try await peer.send("PUT", "/Groups/\(group)", "{}").status == 405)
            for path in ["/Me", "/Bulk", "/Groups/.search/x", ""] {
                #expect(try await peer.get(path).status == 404, "\(path)")
            }
        }
    }

    /// Users made past HTTP, and their ids in the directory.
    static func manyUsers(_ peer: Peer, _ count: Int) async throws -> [String] {
        try peer.directory.seed(users: (0..<count).map { SeedUser(userName: "user\($0)", externalId: "00u\($0)") })
        var ids: [String] = []
        var cursor: String? = ""
        while let here = cursor {
            let page = try await peer.get(
                "/Users?cursor=\(here.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            )
            ids += page.ids
            cursor = page.json["nextCursor"] as? String
        }
        return ids
    }
}
