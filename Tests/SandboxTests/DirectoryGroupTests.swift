import Foundation
import Sandbox
import Testing

@Suite struct DirectoryGroupTests {
    @Test func `members are set but never shown`() async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a", externalId: "00u1").id
            let made = try await peer.createGroup("G", externalId: "00g1", members: [user])
            #expect(made.status == 201)
            #expect(made.json["members"] == nil)
            #expect(try await peer.get("/Groups/\(made.id)").json["members"] == nil)
            let listed = try await peer.get("/Groups").resources
            #expect(listed.count == 1 && (listed[0]["members"] as? [Any])?.isEmpty == true)
            #expect(peer.directory.membership() == ["G": ["00u1"]])
            let fixture = try Fixtures.object("scim/aws-devguide/CreateGroup.json")
            #expect(Fixtures.shape(made.json) == Fixtures.shape(try #require(fixture["response"])))
        }
    }

    @Test func `a taken displayName and a taken externalId are 409, in a rename too`() async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.createGroup("G", externalId: "1").status == 201)
            #expect(try await peer.createGroup("G", externalId: "2").status == 409)
            #expect(try await peer.createGroup("H", externalId: "1").status == 409)
            let other = try await peer.createGroup("H", externalId: "2").id
            #expect(try await peer.patch(other, #"{"op":"replace","path":"displayName","value":"G"}"#).status == 409)
            #expect(try await peer.filter("Groups", #"displayName eq "H""#).ids == [other])
        }
    }

    @Test func `add and remove go together, and repeats change nothing`() async throws {
        try await Peer.run { (peer) async throws in
            let users = try await DirectoryAccessTests.manyUsers(peer, 3)
            let group = try await peer.createGroup("G", members: [users[0]]).id
            let both = try await peer.patch(group, Peer.remove([users[0]]), Peer.add([users[1], users[2]]))
            #expect(both.status == 204 && both.body.isEmpty)
            #expect(peer.directory.membership() == ["G": ["00u1", "00u2"]])
            #expect(try await peer.patch(group, Peer.add([users[1]])).status == 204)
            #expect(try await peer.patch(group, Peer.remove([users[0]])).status == 204)
            #expect(peer.directory.membership() == ["G": ["00u1", "00u2"]])
            let journal = peer.directory.inspect { $0.record.journal(of: "G") }
            #expect(journal.map(\.user) == ["00u0", "00u0", "00u1", "00u2", "00u1", "00u0"])
            #expect(journal.map(\.direction) == [.added, .removed, .added, .added, .added, .removed])
            #expect(journal.map(\.effective) == [true, true, true, true, false, false])
            #expect(peer.violations.isEmpty)
        }
    }

    @Test func `one unknown user undoes the whole PATCH`() async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a").id
            let group = try await peer.createGroup("G").id
            let answer = try await peer.patch(
                group,
                #"{"op":"replace","path":"displayName","value":"H"}"#,
                Peer.add([user, "none"])
            )
            #expect(answer.status == 404 && answer.detail == "USER does not exist.")
            #expect(peer.directory.membership() == ["G": []])
            #expect(try await peer.patch(group, Peer.remove(["none"])).status == 404)
            #expect(try await peer.patch("none", Peer.add([user])).detail == "GROUP does not exist.")
            #expect(try await peer.createGroup("H", members: ["none"]).status == 404)
        }
    }

    @Test func `a hundred changes pass, one more is 400, adds and removes counted together`() async throws {
        try await Peer.run { (peer) async throws in
            let users = try await DirectoryAccessTests.manyUsers(peer, 101)
            #expect(try await peer.createGroup("H", members: users).status == 400)
            let group = try await peer.createGroup("G", members: Array(users[..<100])).id
            #expect(
                try await peer.patch(group, Peer.remove(Array(users[..<50])), Peer.add(Array(users[50...]))).status
                    == 400
            )
            #expect(peer.directory.membership()["G"]?.count == 100)
            #expect(try await peer.patch(group, Peer.remove(Array(users[..<99])), Peer.add([users[100]])).status == 204)
            #expect(peer.directory.membership()["G"] == ["00u99", "00u100"])
            #expect(peer.violations == [.tooManyMembers])
        }
    }

    @Test func `replacing members and removing without values are refused and noted`() async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a", externalId: "00u1").id
            let group = try await peer.createGroup("G", members: [user]).id
            let refused = [
                #"{"op":"replace","path":"members","value":[{"value":"\#(user)"}]}"#,
                #"{"op":"replace","value":{"members":[]}}"#,
                #"{"op":"remove","path":"members"}"#,
            ]
            for operation in refused {
                let answer = try await peer.patch(group, operation)
                #expect(answer.status == 400)
                #expect(answer.detail == "Replacing group memberships is not supported.")
            }
            #expect(peer.directory.membership() == ["G": ["00u1"]])
            #expect(peer.violations == [.replacedMembers, .noPath, .unfilteredRemove])
        }
    }

    @Test(arguments: [
        #"{"op":"add","path":"members","value":[]}"#,
        #"{"op":"remove","path":"members","value":[]}"#,
        #"{"op":"remove","path":"members[value eq \"x\"]"}"#,
        #"{"op":"add","path":"members","value":[{"display":"x"}]}"#,
        #"{"op":"add","path":"members","value":["x"]}"#,
        #"{"op":"add","path":"title","value":"x"}"#,
        #"{"op":"move","path":"members","value":[{"value":"x"}]}"#,
        #"{"op":"remove","path":"displayName"}"#,
    ])
    func `any other operation is 400 and changes nothing`(operation: String) async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a", externalId: "00u1").id
            let group = try await peer.createGroup("G", members: [user]).id
            #expect(try await peer.patch(group, operation).status == 400)
            #expect(peer.directory.membership() == ["G": ["00u1"]])
        }
    }

    @Test func `a pathless operation passes for one attribute only`() async throws {
        try await Peer.run { (peer) async throws in
            let group = try await peer.createGroup("G").id
            #expect(try await peer.patch(group, #"{"op":"replace","value":{"displayName":"H"}}"#).status == 204)
            let two = try await peer.patch(group, #"{"op":"replace","value":{"displayName":"I","externalId":"1"}}"#)
            #expect(two.status == 400)
            #expect(try await peer.patch(group, #"{"op":"remove"}"#).status == 400)
            #expect(peer.directory.membership() == ["H": []])
            #expect(peer.violations == [.noPath, .noPath, .noPath])
        }
    }

    @Test func `a member's display is ignored and noted, and so is a member named twice`() async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a", externalId: "00u1").id
            let group = try await peer.createGroup("G").id
            let shown = #"{"op":"add","path":"members","value":[{"value":"\#(user)","display":"A"}]}"#
            #expect(try await peer.patch(group, shown).status == 204)
            #expect(try await peer.patch(group, Peer.add([user]), Peer.remove([user])).status == 204)
            #expect(peer.violations == [.memberDisplay, .repeatedMember])
            #expect(peer.directory.membership() == ["G": []])
        }
    }

    @Test func `groups are found by name, externalId, member, and id with member in either order`() async throws {
        try await Peer.run { (peer) async throws in
            let users = try await DirectoryAccessTests.manyUsers(peer, 2)
            let first = try await peer.createGroup("G é", externalId: "00g1", members: [users[0]]).id
            let second = try await peer.createGroup("H", members: users).id
            #expect(try await peer.filter("Groups", #"displayName eq "G é""#).ids == [first])
            #expect(try await peer.filter("Groups", #"displayName eq "g é""#).ids.isEmpty)
            #expect(try await peer.filter("Groups", #"externalId eq "00g1""#).ids == [first])
            #expect(try await peer.filter("Groups", #"members.value eq "\#(users[0])""#).ids == [first, second])
            #expect(try await peer.filter("Groups", #"members.value eq "none""#).status == 404)
            let inFirst = #"id eq "\#(first)" and members eq "\#(users[0])""#
            #expect(try await peer.filter("Groups", inFirst).ids == [first])
            #expect(try await peer.filter("Groups", #"members eq "\#(users[1])" and id eq "\#(first)""#).ids.isEmpty)
            #expect(try await peer.filter("Groups", #"displayName eq "H" and externalId eq "x""#).status == 400)
            #expect(try await peer.filter("Groups", #"userName eq "H""#).status == 400)
        }
    }

    @Test func `deleting a user or a group ends its memberships`() async throws {
        try await Peer.run { (peer) async throws in
            let users = try await DirectoryAccessTests.manyUsers(peer, 2)
            let group = try await peer.createGroup("G", members: users).id
            #expect(try await peer.send("DELETE", "/Users/\(users[0])").status == 204)
            #expect(peer.directory.membership() == ["G": ["00u1"]])
            #expect(try await peer.send("DELETE", "/Groups/\(group)").status == 204)
            #expect(peer.directory.membership().isEmpty)
            #expect(try await peer.get("/Groups/\(group)").detail == "GROUP does not exist.")
            #expect(peer.directory.inspect { $0.record.journal.suffix(2).map(\.user) } == ["00u0", "00u1"])
        }
    }
}
