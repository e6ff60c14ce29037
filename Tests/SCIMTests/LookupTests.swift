import Foundation
import HTTPTransport
import SCIM
import Testing

@Suite struct `Lookups` {
    private func list(_ resources: [String]) -> HTTPResponse {
        let head = #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":"#
        return answer(200, "\(head)\(resources.count),\"Resources\":[\(resources.joined(separator: ","))]}")
    }

    private func directory(_ resources: String...) -> ScriptedDirectory {
        let answer = list(resources)
        return ScriptedDirectory { _ in answer }
    }

    private func group(_ id: String, _ name: String) throws -> String {
        let group = ["id": id, "displayName": name]
        return try String(decoding: JSONSerialization.data(withJSONObject: group), as: UTF8.self)
    }

    @Test(arguments: nastyNames)
    func `a name stays one string of the filter`(name: String) async throws {
        let directory = directory(try group("g1", name))
        let found = try await scimClient(directory, .rfc).groupByDisplayName(name)
        guard case .found(let group) = found else { throw Fixture.Missing(name: name) }
        #expect(group.id == "g1")
        let request = try #require(directory.requests.first)
        #expect(request.url.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        let filter = try #require(queryItem("filter", of: request))
        try #require(filter.hasPrefix("displayName eq "))
        let literal = Data(filter.dropFirst("displayName eq ".count).utf8)
        let parsed = try JSONSerialization.jsonObject(with: literal, options: .fragmentsAllowed) as? String
        #expect(parsed.map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test func `a group's name is compared as bytes, whatever the directory thinks equal`() async throws {
        let similar = directory(
            try group("g1", "aws_admins"),
            try group("g2", "AWS_Admins"),
            try group("g3", "AWS_Zo\u{eb}")
        )
        let client = try scimClient(similar, .rfc)
        #expect(
            try await client.groupByDisplayName("AWS_Admins")
                == .found(
                    SCIMGroup(id: "g2", displayName: "AWS_Admins", externalID: nil)
                )
        )
        #expect(try await client.groupByDisplayName("AWS_ADMINS") == .notFound)
        #expect(try await client.groupByDisplayName("AWS_Zoe\u{308}") == .notFound)
    }

    @Test func `two groups of one name are ambiguous, one group listed twice is not`() async throws {
        let two = directory(try group("g1", "A"), try group("g2", "A"), try group("g3", "a"))
        #expect(try await scimClient(two, .rfc).groupByDisplayName("A") == .ambiguous(count: 2))
        let repeated = ScriptedDirectory { [body = try group("g1", "A")] _ in
            let schemas = #""schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]"#
            return answer(200, "{\(schemas),\"totalResults\":1,\"Resources\":[\(body),\(body)]}")
        }
        guard case .found = try await scimClient(repeated, .rfc).groupByDisplayName("A") else {
            throw Fixture.Missing(name: "A")
        }
    }

    @Test func `a login is compared without ASCII case, an external id exactly`() async throws {
        let users = directory(
            #"{"id":"u1","userName":"Ann@Example.com","externalId":"00uA","active":true}"#,
            #"{"id":"u2","userName":"\#u{212A}im@example.com","externalId":"00ua","active":"yes"}"#,
            #"{"id":"u3","userName":"no-external-id"}"#
        )
        let client = try scimClient(users, .rfc)
        let ann = SCIMUser(id: "u1", externalID: "00uA", userName: "Ann@Example.com", active: true)
        #expect(try await client.userByUserName("ann@example.COM") == .found(ann))
        #expect(try await client.userByUserName("kim@example.com") == .notFound)
        #expect(try await client.userByExternalID("00uA") == .found(ann))
        #expect(try await client.userByExternalID("00UA") == .notFound)
    }

    @Test func `nothing is called by an empty name`() async throws {
        let everything = directory(#"{"id":"u1","userName":"","externalId":""}"#)
        #expect(try await scimClient(everything, .rfc).userByExternalID("") == .notFound)
        #expect(everything.requests.isEmpty)
    }

    @Test func `the members of a group are asked for as each dialect shows them`() async throws {
        let aws = directory(#"{"id":"u1","userName":"a"}"#, #"{"id":"u2","userName":"b"}"#)
        #expect(try await scimClient(aws, .aws).members(of: "g1") == ["u1", "u2"])
        #expect(queryItem("filter", of: try #require(aws.requests.first)) == #"groups.value eq "g1""#)
        let rfc = ScriptedDirectory { _ in
            answer(200, #"{"id":"g1","members":[{"value":"u2"},{"value":"g9","type":"Group"},{"value":"u2"}]}"#)
        }
        #expect(try await scimClient(rfc, .rfc).members(of: "g1") == ["u2"])
        #expect(rfc.requests.first?.url == "https://directory.example.com/tenant/scim/v2/Groups/g1")
        let empty = ScriptedDirectory { _ in answer(200, #"{"id":"g1"}"#) }
        #expect(try await scimClient(empty, .rfc).members(of: "g1") == [])
    }

    @Test(arguments: [
        (answer(401, ""), SCIMError.Kind.unauthorized(status: 401)),
        (answer(404, "{}"), .notFound),
        (answer(429, "{}", headers: [("Retry-After", "3")]), .throttled(retryAfter: .seconds(3))),
        (answer(400, #"{"scimType":"invalidFilter"}"#), .refused(status: 400)),
        (HTTPResponse(status: 302, headers: [("Location", "/login")]), .unauthorized(status: 302)),
        (
            HTTPResponse(status: 500, headers: [("Content-Type", "text/html")]),
            .serverFailed(status: 500, retryAfter: nil)
        ),
        (
            HTTPResponse(status: 200, headers: [("Content-Type", "text/html;charset=utf-8")]),
            .foreignContent("text/html;charset=utf-8")
        ),
        (HTTPResponse(status: 200, body: Array("{}".utf8)), .foreignContent(nil)),
        (answer(200, "{}"), .malformed),
        (answer(200, #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]}"#), .malformed),
        (answer(200, "[1"), .malformed),
    ])
    func `an answer that does not settle it is an error, never nobody`(
        response: HTTPResponse,
        kind: SCIMError.Kind
    ) async throws {
        let client = try scimClient(ScriptedDirectory { _ in response }, .rfc)
        let error = await #expect(throws: SCIMError.self) { try await client.userByExternalID("00u1") }
        #expect(error?.kind == kind)
        #expect(error?.description.contains(testToken) == false && error?.hint.isEmpty == false)
    }

    @Test func `what AWS said and its request id are told`() async throws {
        let body = try Fixture.bytes("aws-errors/404_user.json", "body")
        let response = HTTPResponse(status: 404, headers: [("Content-Type", "application/json")], body: body)
        let client = try scimClient(ScriptedDirectory { _ in response }, .aws)
        let error = await #expect(throws: SCIMError.self) { try await client.members(of: "g1") }
        let description = try #require(error).description
        #expect(description.contains("USER does not exist.") && description.contains("00000000-0000-4000"))
    }

    @Test func `a documented page of AWS is read`() async throws {
        let body = try Fixture.bytes("aws-devguide/ListGroups_displayName.json", "body")
        let text = String(decoding: body, as: UTF8.self)
        let directory = ScriptedDirectory { _ in answer(200, text) }
        let resources = try #require(Fixture.parse(body)["Resources"] as? [NSDictionary])
        let name = try #require(resources.first?["displayName"] as? String)
        guard case .found(let group) = try await scimClient(directory, .aws).groupByDisplayName(name) else {
            throw Fixture.Missing(name: name)
        }
        #expect(group.id == resources.first?["id"] as? String)
    }

    @Test func `no answer is an error that keeps the transport's reason`() async throws {
        let reason = TransportError(.nameNotResolved, requestMayHaveArrived: false)
        let silent = ScriptedDirectory { _ throws(TransportError) in throw reason }
        let client = try scimClient(silent, .rfc)
        let error = await #expect(throws: SCIMError.self) { try await client.groupByDisplayName("A") }
        #expect(error?.kind == .transport(reason))
    }

    @Test(arguments: ["", ".", ".."])
    func `an id that would name another resource is never asked for`(id: String) async throws {
        let directory = directory()
        let client = try scimClient(directory, .rfc)
        let error = await #expect(throws: SCIMError.self) { try await client.members(of: id) }
        #expect(error?.kind == .invalidID && directory.requests.isEmpty)
    }
}
