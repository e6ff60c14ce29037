import Foundation
import HTTPTransport
import SCIM
import Testing

/// Runs a test's steps with a session of its own, and closes it whatever happens.
private func withSession<Result>(
    dialect: Dialect = .rfc,
    token: String = SCIMServer.token,
    _ steps: (ServerSession) async throws -> Result
) async throws -> Result {
    let session = try ServerSession(dialect: dialect, token: token)
    do {
        let result = try await steps(session)
        await session.close()
        return result
    } catch {
        await session.close()
        throw error
    }
}

@Suite(.scimServer(), .timeLimit(.minutes(2))) struct `A real SCIM server` {
    @Test func `members are added, removed and changed both ways in one request`() async throws {
        try await withSession { session in
            let group = try await session.group("AWS_Members")
            var users: [String] = []
            for number in 0..<4 { users.append(try await session.user("member\(number)@example.com")) }

            #expect(try await session.change(group, add: Array(users[..<3])).classification == .applied)
            #expect(Set(try await session.client.members(of: group)) == Set(users[..<3]))

            let mixed = try await session.change(group, add: [users[3]], remove: [users[0], users[1]])
            #expect(mixed.classification == .applied)
            #expect(Set(try await session.client.members(of: group)) == [users[2], users[3]])
        }
    }

    @Test func `the same change twice does no more than once`() async throws {
        try await withSession { session in
            let group = try await session.group("AWS_Twice")
            let users = [try await session.user("twice1@example.com"), try await session.user("twice2@example.com")]
            for _ in 0..<2 { #expect(try await session.change(group, add: users).classification == .applied) }
            #expect(try await session.client.members(of: group).count == 2)
            for _ in 0..<2 {
                #expect(try await session.change(group, remove: [users[0]]).classification == .applied)
            }
            #expect(try await session.client.members(of: group) == [users[1]])
        }
    }

    @Test func `a removal in the other dialect is refused and changes nothing`() async throws {
        try await withSession(dialect: .aws) { session in
            let group = try await session.group("AWS_Dialect")
            let user = try await session.user("dialect@example.com")
            _ = try await session.change(group, add: [user])
            guard case .refused(let refusal) = try await session.change(group, remove: [user]).classification else {
                throw SCIMServer.Failure("not refused")
            }
            #expect(refusal.reason == .invalid && refusal.explanation.scimType == "invalidValue")
        }
        try await withSession { session in
            guard case .found(let group) = try await session.client.groupByDisplayName("AWS_Dialect") else {
                throw SCIMServer.Failure("no group")
            }
            #expect(try await session.client.members(of: group.id).count == 1)
        }
    }

    @Test(arguments: nastyNames)
    func `a group of any name is found by it and nothing else is`(name: String) async throws {
        try await withSession { session in
            let id = try await session.group(name)
            guard case .found(let group) = try await session.client.groupByDisplayName(name) else {
                throw SCIMServer.Failure("\(name) is not found")
            }
            #expect(group.id == id)
            #expect(try await session.client.groupByDisplayName(name + "x") == .notFound)
        }
    }

    @Test func `users are found by external id and by login in any case`() async throws {
        try await withSession { session in
            let id = try await session.user("Some.One@Example.com")
            let expected = SCIMUser(
                id: id,
                externalID: "00u-Some.One@Example.com",
                userName: "Some.One@Example.com",
                active: nil
            )
            #expect(try await session.client.userByExternalID("00u-Some.One@Example.com") == .found(expected))
            #expect(try await session.client.userByExternalID("00u-some.one@example.com") == .notFound)
            #expect(try await session.client.userByUserName("some.one@example.com") == .found(expected))
            #expect(try await session.client.userByUserName("no.one@example.com") == .notFound)
        }
    }

    @Test func `two groups of one name are ambiguous, a third in other case does not count`() async throws {
        try await withSession { session in
            for name in ["AWS_Same", "AWS_Same", "aws_same"] { _ = try await session.group(name) }
            #expect(try await session.client.groupByDisplayName("AWS_Same") == .ambiguous(count: 2))
        }
    }

    @Test func `more matches than fit on a page are all counted`() async throws {
        try await withSession { session in
            for number in 0..<130 {
                _ = try await session.create("/Users", ["userName": "many\(number)", "externalId": "00u-many"])
            }
            #expect(try await session.client.userByExternalID("00u-many") == .ambiguous(count: 130))
        }
    }

    @Test func `an unknown group is a refusal of the write and an error of the read`() async throws {
        try await withSession { session in
            let user = try await session.user("lonely@example.com")
            let outcome = try await session.change("no-such-group", add: [user])
            guard case .refused(let refusal) = outcome.classification else { throw SCIMServer.Failure("not refused") }
            #expect(refusal.reason == .notFound && outcome.status == 404)
            let error = await #expect(throws: SCIMError.self) {
                try await session.client.members(of: "no-such-group")
            }
            #expect(error?.kind == .notFound)
        }
    }

    @Test func `whether an id still exists is asked by the id, whatever the name is now`() async throws {
        try await withSession { session in
            let group = try await session.group("AWS_Exists")
            let user = try await session.user("exists@example.com")
            #expect(try await session.client.hasGroup(group))
            #expect(try await session.client.hasUser(user))
            #expect(try await !session.client.hasGroup("no-such-group"))
            #expect(try await !session.client.hasUser("no-such-user"))
            await #expect(throws: SCIMError.self) { try await session.client.hasUser("") }
        }
    }

    @Test func `a member that the directory does not know does not keep the others out`() async throws {
        try await withSession { session in
            let group = try await session.group("AWS_Unknown")
            let user = try await session.user("known@example.com")
            #expect(try await session.change(group, add: ["no-such-user", user]).classification == .applied)
            #expect(try await session.client.members(of: group).contains(user))
        }
    }

    @Test func `a wrong token is told apart and never shown`() async throws {
        try await withSession(token: "wrong-token") { session in
            let group = try await session.group("AWS_Token")
            let outcome = try await session.change(group, add: ["u1"])
            #expect(outcome.classification == .unauthorized(status: 401))
            let error = await #expect(throws: SCIMError.self) {
                try await session.client.groupByDisplayName("AWS_Token")
            }
            #expect(error?.kind == .unauthorized(status: 401))
            #expect(!"\(outcome) \(String(describing: error))".contains("wrong-token"))
        }
    }

    @Test func `a full request of a hundred changes is carried out`() async throws {
        try await withSession { session in
            let group = try await session.group("AWS_Hundred")
            let ids = (0..<150).map { "member-\($0)" }
            #expect(try await session.change(group, add: Array(ids[..<100])).classification == .applied)
            let next = try await session.change(group, add: Array(ids[100...]), remove: Array(ids[..<50]))
            #expect(next.classification == .applied)
            #expect(Set(try await session.client.members(of: group)) == Set(ids[50...]))
        }
    }
}

@Suite(
    .scimServer(configuration: "service-provider-config.cursor.json"),
    .timeLimit(.minutes(2))
)
struct `A real SCIM server with cursors` {
    @Test func `a list of several pages is read by cursor to its end`() async throws {
        try await withSession(dialect: .aws) { session in
            for number in 0..<230 {
                _ = try await session.create("/Users", ["userName": "page\(number)", "externalId": "00u-page"])
            }
            #expect(try await session.client.userByExternalID("00u-page") == .ambiguous(count: 230))
            #expect(try await session.client.userByExternalID("00u-none") == .notFound)
        }
    }
}

@Suite struct `No SCIM server` {
    @Test func `a request that cannot leave is known not to have been sent`() async throws {
        let http = try HTTPClient()
        // Port 1 of the loopback interface: nothing listens there.
        let target = try SCIMTarget(url: "http://127.0.0.1:1/v2", token: BearerToken("t"), dialect: .rfc)
        let client = SCIMClient(target: target, sender: http, pacer: unhurried(), now: { 0 })
        let patch = try MemberPatch(groupID: "g", changes: [MemberChange(memberID: "u", state: .absent)])
        let outcome = await client.send(patch.request(in: .rfc), changes: patch.changes.count)
        await http.shutdown()
        #expect(outcome.classification == .notSent && outcome.transportError?.kind == .couldNotConnect)
    }
}
