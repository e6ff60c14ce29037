import HTTPTransport
import SCIM
import Testing

@Suite struct `Targets and tokens` {
    private func target(_ url: String, _ dialect: Dialect? = nil) throws -> SCIMTarget {
        try SCIMTarget(url: url, token: BearerToken(testToken), dialect: dialect)
    }

    @Test(arguments: [
        ("https://scim.eu-west-1.amazonaws.com/t-1/scim/v2/", "https://scim.eu-west-1.amazonaws.com/t-1/scim/v2"),
        ("https://scim.eu-west-1.amazonaws.com/t-1/scim/v2", "https://scim.eu-west-1.amazonaws.com/t-1/scim/v2"),
        (" HTTPS://Scim.Example.COM:8443/A/b///\n", "https://scim.example.com:8443/A/b"),
        ("http://127.0.0.1:18080", "http://127.0.0.1:18080"),
        ("http://[::1]:80/v2/", "http://[::1]:80/v2"),
    ])
    func `a slash at the end does not matter and the path is kept`(url: String, base: String) throws {
        #expect(try target(url).baseURL == base)
    }

    @Test(arguments: [
        ("", InvalidTarget.urlScheme), ("scim.example.com/v2", .urlScheme), ("ftp://example.com", .urlScheme),
        ("https:///v2", .urlHost), ("https://u:p@example.com/v2", .urlHasUser), ("https://u@example.com", .urlHasUser),
        ("https://example.com/v2?x=1", .urlHasQuery), ("https://example.com/v2#x", .urlHasQuery),
        ("https://example.com/a//b", .urlPath), ("https://exa mple.com/", .urlMalformed),
    ])
    func `a URL that cannot be meant is refused`(url: String, error: InvalidTarget) {
        #expect(throws: error) { try target(url) }
    }

    @Test func `the dialect follows the host unless it is set`() throws {
        #expect(try target("https://scim.eu-west-1.amazonaws.com/t").dialect == .aws)
        #expect(try target("https://scim.cn-north-1.amazonaws.com.cn./t").dialect == .aws)
        #expect(try target("https://evilamazonaws.com/t").dialect == .rfc)
        #expect(try target("https://amazonaws.com.example.com/t").dialect == .rfc)
        #expect(try target("https://scim.eu-west-1.amazonaws.com/t", .rfc).dialect == .rfc)
    }

    @Test func `a token is never shown`() throws {
        let shown = try target("https://example.com")
        var dumped = ""
        dump(shown, to: &dumped)
        let texts = [dumped, "\(shown)", String(reflecting: shown), String(describing: try BearerToken(testToken))]
        for text in texts { #expect(!text.contains(testToken)) }
    }

    @Test(arguments: ["a b", "a\r\nX-Header: 1", "tökén", "a\u{0}b", String(repeating: "x", count: 8193)])
    func `a token that cannot stand in a header is refused`(token: String) {
        #expect(throws: InvalidTarget.tokenMalformed) { try BearerToken(token) }
    }

    @Test func `an empty token is refused`() {
        #expect(throws: InvalidTarget.tokenEmpty) { try BearerToken(" \n") }
    }

    @Test func `a request carries what AWS asks for, and the token only in its header`() async throws {
        let directory = ScriptedDirectory { _ in HTTPResponse(status: 204) }
        let patch = try MemberPatch(groupID: "g1", changes: [MemberChange(memberID: "u1", state: .present)])
        let request = patch.request(in: .aws)
        _ = try await scimClient(directory, .aws).send(request, changes: 1)
        let sent = try #require(directory.requests.first)
        let headers = Dictionary(uniqueKeysWithValues: sent.headers.map { ($0.name, $0.value) })
        #expect(headers["Authorization"] == "Bearer \(testToken)")
        #expect(headers["User-Agent"]?.isEmpty == false)
        #expect(headers["Content-Type"] == "application/scim+json")
        #expect(sent.method == "PATCH" && sent.url == "https://directory.example.com/tenant/scim/v2/Groups/g1")
        #expect(sent.body == request.body)
        #expect(!sent.url.contains(testToken))
    }
}
