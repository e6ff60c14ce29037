import Okta
import Testing

@Suite struct `The hook's secret` {
    @Test func `only the secret admits`() throws {
        let hook = try HookAuthentication(secret: "s3cret")
        #expect(hook.admits(header: "s3cret", apiKey: nil))
        #expect(hook.admits(header: "s3cret", apiKey: "not asked for"))
        for wrong in [nil, "", "s3cre", "s3cretx", "S3cret", " s3cret", "s3cret\u{0}"] {
            #expect(!hook.admits(header: wrong, apiKey: nil))
        }
    }

    @Test func `the previous secret admits too while both are configured`() throws {
        let hook = try HookAuthentication(secret: "new", previousSecret: "old")
        #expect(hook.admits(header: "new", apiKey: nil))
        #expect(hook.admits(header: "old", apiKey: nil))
        #expect(!hook.admits(header: "newold", apiKey: nil))
        #expect(try !HookAuthentication(secret: "new").admits(header: "old", apiKey: nil))
    }

    @Test func `an api key, once configured, must match as well as the secret`() throws {
        let hook = try HookAuthentication(secret: "s", previousSecret: "p", xApiKey: "k")
        #expect(hook.admits(header: "s", apiKey: "k"))
        #expect(hook.admits(header: "p", apiKey: "k"))
        #expect(!hook.admits(header: "s", apiKey: nil))
        #expect(!hook.admits(header: "s", apiKey: ""))
        #expect(!hook.admits(header: "s", apiKey: "s"))
        #expect(!hook.admits(header: "k", apiKey: "k"))
        #expect(!hook.admits(header: nil, apiKey: "k"))
    }

    @Test func `every problem is named by its key and no value is shown`() throws {
        let error = try #require(throws: InvalidHookAuthentication.self) {
            try HookAuthentication(secret: "", previousSecret: "hunter2 ", headerName: "X Secret", xApiKey: "pässword")
        }
        #expect(error.problems.map(\.key) == ["okta.secret", "okta.previousSecret", "okta.xApiKey", "okta.header"])
        #expect(error.problems.map(\.reason) == [.empty, .spaceAround, .forbiddenCharacter, .forbiddenCharacter])
        #expect(!error.description.contains("hunter2") && !error.description.contains("pässword"))
    }

    @Test(arguments: ["", "a b", "a:b", "a\n", "ä", "a@", "a[", "a\u{7F}"])
    func `a header name that HTTP does not allow is refused`(name: String) {
        #expect(throws: InvalidHookAuthentication.self) { try HookAuthentication(secret: "s", headerName: name) }
    }

    @Test func `the secret cannot share its header with the api key`() {
        #expect(throws: InvalidHookAuthentication.self) {
            try HookAuthentication(secret: "s", headerName: "X-API-Key", xApiKey: "k")
        }
        #expect(throws: Never.self) { try HookAuthentication(secret: "s", headerName: "X-API-Key") }
    }

    @Test func `neither description nor dump shows a secret`() throws {
        let hook = try HookAuthentication(secret: "Basic hunter2", previousSecret: "hunter1", xApiKey: "hunter3")
        var dumped = ""
        dump(hook, to: &dumped)
        for text in ["\(hook)", String(reflecting: hook), dumped] {
            #expect(text.contains("Authorization"))
            #expect(!text.contains("hunter"))
        }
    }
}
