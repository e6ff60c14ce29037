import Foundation
import Sandbox
import Testing

@Suite struct DirectoryUserTests {
    @Test func `a user is created, read, listed and deleted`() async throws {
        try await Peer.run { (peer) async throws in
            let made = try await peer.createUser("anna@example.com", externalId: "00u1")
            #expect(made.status == 201)
            #expect(made.json["userName"] as? String == "anna@example.com")
            #expect(made.json["externalId"] as? String == "00u1")
            #expect(made.json["active"] as? Bool == true)
            let read = try await peer.get("/Users/\(made.id)")
            #expect(read.status == 200)
            #expect(NSDictionary(dictionary: read.json) == NSDictionary(dictionary: made.json))
            #expect(try await peer.get("/Users").ids == [made.id])
            let gone = try await peer.send("DELETE", "/Users/\(made.id)")
            #expect(gone.status == 204 && gone.body.isEmpty)
            #expect(try await peer.get("/Users/\(made.id)").detail == "USER does not exist.")
            #expect(try await peer.send("DELETE", "/Users/\(made.id)").status == 404)
        }
    }

    @Test(arguments: [
        #"{"userName":"a","name":{"givenName":"G","familyName":"F"}}"#,
        #"{"userName":"a","name":{"givenName":"G"},"displayName":"D"}"#,
        #"{"name":{"givenName":"G","familyName":"F"},"displayName":"D"}"#,
        #"{"userName":"","name":{"givenName":"G","familyName":"F"},"displayName":"D"}"#,
        #"{"userName":7,"name":{"givenName":"G","familyName":"F"},"displayName":"D"}"#,
        #"{"userName":"a","name":{"givenName":"G","familyName":"F"},"displayName":"D","groups":[]}"#,
        #"{"userName":"a","name":{"givenName":"G","familyName":"F"},"displayName":"D","emails":[{},{}]}"#,
        #"[]"#, #"{"userName":"a","#,
    ])
    func `a user without its four names, or with what AWS refuses, is 400`(body: String) async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.send("POST", "/Users", body).status == 400)
            #expect(try await peer.get("/Users").ids.isEmpty)
        }
    }

    @Test func `a taken userName in another case and a taken externalId are 409`() async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.createUser("Anna", externalId: "00u1").status == 201)
            #expect(try await peer.createUser("anna", externalId: "00u2").status == 409)
            #expect(try await peer.createUser("bert", externalId: "00u1").status == 409)
            #expect(try await peer.createUser("bert", externalId: "00U1").status == 201)
        }
    }

    @Test func `users are found by userName, externalId, id and groups value`() async throws {
        try await Peer.run { (peer) async throws in
            let anna = try await peer.createUser("Anna", externalId: "00u1").id
            let odd = try await peer.createUser(#"o\"b\\c d"#, externalId: "00u2").id
            let group = try await peer.createGroup("G", members: [anna]).id
            #expect(try await peer.filter("Users", #"userName eq "aNNA""#).ids == [anna])
            #expect(try await peer.filter("Users", #"userName eq "o\"b\\c d""#).ids == [odd])
            #expect(try await peer.filter("Users", #"externalId eq "00u1""#).ids == [anna])
            #expect(try await peer.filter("Users", #"externalId eq "00U1""#).ids.isEmpty)
            #expect(try await peer.filter("Users", #"id eq "\#(anna)""#).ids == [anna])
            #expect(try await peer.filter("Users", #"groups.value eq "\#(group)""#).ids == [anna])
            #expect(try await peer.filter("Users", #"groups.value eq "none""#).status == 404)
        }
    }

    @Test(arguments: [
        #"title eq "x""#, #"userName co "x""#, #"userName eq x"#, #"userName eq "x" or id eq "y""#, #"userName"#,
        #"userName eq "x" and externalId eq "y""#, #"not (userName eq "x")"#, #"userName eq "x"#, "",
        #"displayName eq "x""#,
    ])
    func `a filter that AWS does not know is 400`(filter: String) async throws {
        try await Peer.run { (peer) async throws in
            #expect(try await peer.filter("Users", filter).status == 400)
        }
    }

    @Test func `PATCH and PUT of a user answer 200 with the user`() async throws {
        try await Peer.run { (peer) async throws in
            let id = try await peer.createUser("anna", externalId: "00u1").id
            _ = try await peer.createUser("bert")
            func patch(_ operation: String...) async throws -> Answer {
                try await peer.send("PATCH", "/Users/\(id)", Peer.patchBody(operation))
            }
            let off = try await patch(#"{"op":"replace","path":"active","value":"false"}"#)
            #expect(off.status == 200 && off.json["active"] as? Bool == false)
            let named = try await patch(
                #"{"op":"replace","path":"userName","value":"anne"}"#,
                #"{"op":"Replace","path":"externalId","value":"00u9"}"#
            )
            #expect(named.json["userName"] as? String == "anne")
            #expect(try await peer.filter("Users", #"externalId eq "00u1""#).ids.isEmpty)
            #expect(try await peer.filter("Users", #"externalId eq "00u9""#).ids == [id])
            #expect(try await patch(#"{"op":"remove","path":"externalId"}"#).json["externalId"] == nil)
            #expect(try await patch(#"{"op":"remove","path":"userName"}"#).status == 400)
            #expect(try await patch(#"{"op":"replace","path":"userName","value":"BERT"}"#).status == 409)
            let twice = #"{"op":"replace","path":"active","value":true}"#
            #expect(try await patch(twice, twice).status == 400)
            let put = try await peer.send(
                "PUT",
                "/Users/\(id)",
                #"{"userName":"zoe","name":{"givenName":"Z","familyName":"O"},"displayName":"Zoë"}"#
            )
            #expect(put.status == 200 && put.id == id && put.json["displayName"] as? String == "Zoë")
        }
    }
}
