import Testing

@testable import OktaClient

struct LinkHeaderTests {
    @Test func `of several Link lines the one with rel next counts, whatever its place`() {
        let own = "<https://example.okta.com/api/v1/logs?limit=2>; rel=\"self\""
        let next = "<https://example.okta.com/api/v1/logs?limit=2&after=a%2Fb>; rel=\"next\""
        #expect(LinkHeader.next(in: [own, next]) == "https://example.okta.com/api/v1/logs?limit=2&after=a%2Fb")
        #expect(LinkHeader.next(in: [next, own]) == "https://example.okta.com/api/v1/logs?limit=2&after=a%2Fb")
        #expect(LinkHeader.next(in: [own]) == nil)
        #expect(LinkHeader.next(in: []) == nil)
    }

    @Test(arguments: [
        "</a>; rel=self, </b>; rel=next", "</a>;rel=\"self\",</b>;rel=\"next\"",
        "</a>; title=\"x, <y>; rel=next\"; rel=\"self\" , </b>; title=\"1, 2\"; rel=\"prev next\"",
        "</b> ; REL = \"Next\"",
    ])
    func `several links in one line are read, and commas in quotes do not end one`(line: String) {
        #expect(LinkHeader.next(in: [line]) == "/b")
    }

    @Test(arguments: [
        "", ",", "<", "<>", "</a>", "</a; rel=next", "</a>; rel", "</a>; rel=", "/a; rel=next", "</a>; xrel=next",
    ])
    func `what is no link is none`(line: String) {
        #expect(LinkHeader.next(in: [line]) == nil)
    }
}

struct OktaOrgTests {
    private func org() throws -> OktaOrg { try OktaOrg(url: "https://Example.okta.com/") }

    @Test func `links on the org's own host are followed, however it is spelled`() throws {
        let org = try org()
        for link in [
            "/api/v1/logs?after=x", "https://example.okta.com/api/v1/logs?after=x",
            "HTTPS://EXAMPLE.OKTA.COM:443/api/v1/logs?after=x",
        ] { #expect(org.resolve(link) == "https://example.okta.com/api/v1/logs?after=x") }
    }

    @Test(arguments: [
        "https://evil.example/api/v1/logs", "http://example.okta.com/api/v1/logs",
        "https://example.okta.com.evil/api/v1/",
        "https://example.okta.com:444/api/v1/logs", "https://example.okta.com@evil.example/api/v1/logs",
        "//evil.example/api/v1/logs", "https://user@example.okta.com/api/v1/logs", "https://example.okta.com/oauth2/x",
        "https://example.okta.com\\@evil.example/api/v1/", "api/v1/logs", "javascript:x", "",
        "https://example.okta.com/api/v1/logs?a b", "https://example.okta.com/api/v1/logs#x",
    ])
    func `no link leads the token anywhere else`(link: String) throws {
        #expect(try org().resolve(link) == nil)
    }

    @Test(arguments: [
        ("http://example.okta.com", InvalidOktaURL.notHTTPS), ("https://example.okta.com/api", .notOnlyHost),
        ("https://a:b@example.okta.com", .notOnlyHost), ("https://example.okta.com?x", .notOnlyHost),
        ("example.okta.com", .malformed), ("", .malformed), ("https://", .malformed),
    ])
    func `an org's URL is https, a host and nothing more`(url: String, problem: InvalidOktaURL) {
        #expect(throws: problem) { try OktaOrg(url: url) }
    }

    @Test func `this machine may be asked in the clear, for tests`() throws {
        #expect(try OktaOrg(url: "http://127.0.0.1:8080").baseURL == "http://127.0.0.1:8080")
    }
}
