import Crypto
import Dispatcher
import Foundation
import OktaClient
import Projector
import SCIM
import Testing

@testable import Server

/// The least that a service which pushes needs.
private let complete = [
    "LEDGER_OKTA_SECRET": "s3cret-of-okta",
    "LEDGER_SCIM_URL": "https://scim.eu-west-1.amazonaws.com/abc/scim/v2/",
    "LEDGER_SCIM_TOKEN": "t0ken-of-scim",
]

/// A folder that goes away with the test.
private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    try body(folder.path)
}

/// The problems of a load that must fail.
private func problems(
    for purpose: Settings.Purpose = .serve,
    overrides: [SettingKey: String] = [:],
    file: String? = nil,
    _ environment: [String: String]
) throws -> [String] {
    let error = try #require(throws: SettingsError.self) {
        try Settings.load(for: purpose, overrides: overrides, file: file, environment: environment)
    }
    return error.problems.map(\.description)
}

struct SettingsTests {
    @Test func `what is not given has the documented default`() throws {
        let settings = try Settings.load(for: .serve, environment: complete)
        #expect(settings.database == "ledger.db")
        #expect(settings.okta?.header == "Authorization")
        #expect(settings.okta?.previousSecret == nil)
        #expect(settings.okta?.xAPIKey == nil)
        #expect(settings.oktaOrg == nil)
        #expect(settings.pushMode == .on)
        #expect(settings.groupsPrefix == "AWS_")
        #expect(settings.alarmRemovalAge == .seconds(900))
        #expect(settings.brake == .standard)
        #expect(settings.hook == .init(host: "0.0.0.0", port: 8080))
        #expect(settings.ops == .init(host: "0.0.0.0", port: 8081))
        #expect(settings.directory?.url == "https://scim.eu-west-1.amazonaws.com/abc/scim/v2")
        #expect(settings.directory?.dialect == .aws)
    }

    @Test(arguments: [
        ("https://scim.eu-west-1.amazonaws.com/x/scim/v2", Dialect.aws),
        ("https://scim.cn-north-1.amazonaws.com.cn/x/scim/v2", .aws),
        ("https://amazonaws.com.example.org/scim", .rfc),
        ("https://notamazonaws.com/scim", .rfc),
        ("http://[::1]:8090", .rfc),
    ])
    func `the dialect follows the host`(url: String, dialect: Dialect) throws {
        let settings = try Settings.load(for: .push, environment: complete.merging(["LEDGER_SCIM_URL": url]) { $1 })
        #expect(settings.directory?.dialect == dialect)
    }

    @Test func `the command line beats the environment, that the secrets folder, that the file`() throws {
        let yaml = """
            database: file.db
            okta:
              secret: from-file
              org: File.okta.com
              header: X-From-File
            push.mode: off
            hook:
              port: 9000
            """
        try withFolder(["okta-secret": "from-folder\n", "okta-header": "X-From-Folder"]) { folder in
            try withFolder(["ledger.yaml": yaml]) { files in
                let settings = try Settings.load(
                    for: .serve,
                    overrides: [.database: "argument.db"],
                    environment: [
                        "LEDGER_CONFIG": files + "/ledger.yaml", "LEDGER_SECRETS_DIR": folder,
                        "LEDGER_OKTA_HEADER": "X-From-Environment", "LEDGER_DATABASE": "environment.db",
                    ]
                )
                #expect(settings.database == "argument.db")
                #expect(settings.okta?.header == "X-From-Environment")
                #expect(settings.okta?.secret.exposed == "from-folder")
                #expect(settings.oktaOrg == "file.okta.com")
                #expect(settings.pushMode == .off)
                #expect(settings.hook.port == 9000)
            }
        }
    }

    @Test func `a secret mounted as a symbolic link is read`() throws {
        try withFolder(["real": "linked-secret"]) { real in
            try withFolder([:]) { folder in
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/okta-secret",
                    withDestinationPath: real + "/real"
                )
                var environment = complete
                environment["LEDGER_OKTA_SECRET"] = nil
                environment["LEDGER_SECRETS_DIR"] = folder
                #expect(
                    try Settings.load(for: .serve, environment: environment).okta?.secret.exposed == "linked-secret"
                )
            }
        }
    }

    @Test func `a reader of the database needs nothing but its path`() throws {
        #expect(try Settings.load(for: .database, environment: [:]).database == "ledger.db")
        #expect(try Settings.load(for: .database, environment: ["LEDGER_HOOK_PORT": "x"]).hook.port == 8080)
        #expect(try Settings.load(for: .push, environment: ["LEDGER_PUSH_MODE": "off"]).okta == nil)
    }

    @Test func `each limit of the brake can be set, and switched off, in the environment and in the file`() throws {
        let yaml = "brake:\n  removals: 7\n  share: 0.25\n  additions: 0\n  window: 90s\n"
        try withFolder(["l.yaml": yaml]) { folder in
            let brake = try Settings.load(for: .push, file: folder + "/l.yaml", environment: complete).brake
            #expect(
                brake == .init(removals: 7, shareMillionths: 250_000, additions: 0, window: 90_000_000)
            )
        }
        for (text, microseconds) in [("1h", 3_600_000_000), ("30m", 1_800_000_000), ("168h", 604_800_000_000)] {
            let environment = complete.merging([
                "LEDGER_BRAKE_WINDOW": text, "LEDGER_BRAKE_SHARE": "0", "LEDGER_BRAKE_REMOVALS": "0",
                "LEDGER_BRAKE_ADDITIONS": "1",
            ]) { $1 }
            let brake = try Settings.load(for: .serve, environment: environment).brake
            #expect(
                brake == .init(removals: 0, shareMillionths: 0, additions: 1, window: Int64(microseconds))
            )
        }
    }

    @Test func `without push no directory is needed`() throws {
        let settings = try Settings.load(
            for: .serve,
            environment: ["LEDGER_OKTA_SECRET": "a", "LEDGER_PUSH_MODE": "off"]
        )
        #expect(settings.directory == nil)
    }

    @Test func `every missing value is named at once`() throws {
        let found = try problems([:])
        #expect(found.count == 3)
        #expect(found[0].hasPrefix("okta.secret (LEDGER_OKTA_SECRET): is missing"))
        #expect(found[1].hasPrefix("scim.url (LEDGER_SCIM_URL): is missing"))
        #expect(found[2].hasPrefix("scim.token (LEDGER_SCIM_TOKEN): is missing"))
    }

    /// One malformed value a row, with what the message must say.
    static let malformed: [(SettingKey, String, String)] = [
        (.database, "", "is empty"),
        (.database, "file:x?mode=memory", "is not a path"),
        (.database, "a\u{0}b", "control character"),
        (.oktaSecret, "", "is empty"),
        (.oktaSecret, " padded-hush", "cannot be sent in a header"),
        (.oktaSecret, "hush\nhush", "control character"),
        (.oktaPreviousSecret, "hüsh", "cannot be sent in a header"),
        (.oktaXAPIKey, "", "is empty"),
        (.oktaHeader, "X Secret", "is not a header name: \"X Secret\""),
        (.oktaOrg, "https://example.okta.com", "is not a host"),
        (.scimURL, "ftp://example.org", "is not a usable URL"),
        (.scimURL, "https://user:hush@example.org/", "is not a usable URL"),
        (.scimURL, "https://example.org/?token=hush", "is not a usable URL"),
        (.scimURL, "https://example.org:99999/", "has no usable port"),
        (.scimToken, "hush hush\t", "control character"),
        (.scimDialect, "AWS", "is not a dialect: \"AWS\""),
        (.pushMode, "true", "is not a mode: \"true\""),
        (.groupsPrefix, "", "is empty"),
        (.hookHost, "not a host", "is not an address"),
        (.hookPort, "80a80", "is not a port: \"80a80\""),
        (.hookPort, "65536", "is not a port"),
        (.hookPort, "-1", "is not a port"),
        (.opsPort, "8081.0", "is not a port"),
        (.opsPort, "tcp://10.0.0.1:8081", "enableServiceLinks"),
        (.brakeRemovals, "-1", "is not a count: \"-1\""),
        (.brakeAdditions, "1000001", "is not a count"),
        (.brakeShare, "1.1", "is not a share: \"1.1\""),
        (.brakeShare, "50%", "is not a share"),
        (.brakeWindow, "3600", "has no unit"),
    ]

    @Test(arguments: malformed)
    func `a malformed value is refused, not replaced by its default`(key: SettingKey, text: String, says: String) throws
    {
        let found = try problems(complete.merging([key.variable: text]) { $1 })
        #expect(found.count == 1)
        let message = try #require(found.first)
        #expect(message.hasPrefix("\(key.path) (\(key.variable)) from the environment: "))
        #expect(message.contains(says))
        #expect(message.contains("; expected "))
        #expect(!message.contains("hush") && !message.contains("hüsh"))
    }

    @Test func `all problems of all places are reported together, and none shows a secret`() throws {
        let yaml = "okta:\n  sekret: hush-1\n  org: [a, b]\nhook:\n  port: many\n"
        try withFolder(["scim-tokn": "hush-2", "okta-previousSecret": "hush-3\u{1}"]) { folder in
            try withFolder(["l.yaml": yaml]) { files in
                let found = try problems(
                    overrides: [.pushMode: "maybe"],
                    file: files + "/l.yaml",
                    [
                        "LEDGER_SECRETS_DIR": folder, "LEDGER_OKTA_SECRET": "hush-4 ", "LEDGER_DATABSE": "hush-5",
                        "LEDGER_SCIM_URL": "hush-6",
                    ]
                )
                let expected = [
                    "variable \"LEDGER_DATABSE\": is not a setting; expected LEDGER_DATABASE",
                    "file \"scim-tokn\"", "key \"okta.sekret\"", "okta.secret", "okta.previousSecret", "okta.org",
                    "scim.url", "push.mode", "hook.port (LEDGER_HOOK_PORT) from the YAML file",
                ]
                #expect(found.count == expected.count)
                for start in expected { #expect(found.contains { $0.hasPrefix(start) }, "\(start) in \(found)") }
                #expect(!found.joined().contains("hush"))
            }
        }
    }

    @Test func `a broken file is told by its place and never quoted`() throws {
        try withFolder(["l.yaml": "okta:\n  secret: \"hush\n"]) { files in
            let found = try problems(file: files + "/l.yaml", complete)
            #expect(found.count == 1)
            #expect(found[0].contains("is not a YAML mapping (line "))
            #expect(!found[0].contains("hush"))
        }
    }

    @Test func `a file or folder that is named must be there`() throws {
        let found = try problems(
            complete.merging(["LEDGER_CONFIG": "/nowhere/a.yaml", "LEDGER_SECRETS_DIR": "/nowhere"]) { $1 }
        )
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.contains("cannot be read") })
    }

    @Test func `settings that contradict each other are refused`() throws {
        let found = try problems(
            complete.merging([
                "LEDGER_OKTA_HEADER": "X-Api-Key", "LEDGER_OKTA_X_API_KEY": "hush",
                "LEDGER_HOOK_PORT": "9000", "LEDGER_OPS_PORT": "9000",
            ]) { $1 }
        )
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("okta.header"))
        #expect(found[1].hasPrefix("ops.port"))
    }

    @Test func `variables that Kubernetes makes for a service of our name are no mistake`() throws {
        let links = [
            "LEDGER_SERVICE_HOST": "10.0.0.1", "LEDGER_SERVICE_PORT": "80", "LEDGER_SERVICE_PORT_HTTP": "80",
            "LEDGER_PORT": "tcp://10.0.0.1:80", "LEDGER_PORT_80_TCP": "tcp://10.0.0.1:80",
            "LEDGER_PORT_80_TCP_ADDR": "10.0.0.1", "LEDGER_AUDIT_UI_SERVICE_HOST": "10.0.0.2",
        ]
        _ = try Settings.load(for: .serve, environment: complete.merging(links) { $1 })
    }

    @Test func `settings print no secret`() throws {
        let settings = try Settings.load(for: .serve, environment: complete)
        var dumped = "\(settings)\n\(String(reflecting: settings))\n"
        dump(settings, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect(!dumped.contains("t0ken"))
    }

    @Test func `the table names each setting once, under the names that people depend on`() {
        let rows = Settings.documentation.split(separator: "\n").dropFirst(2)
        #expect(rows.count == SettingKey.all.count)
        #expect(Set(SettingKey.all.map(\.path)).count == SettingKey.all.count)
        #expect(Set(SettingKey.all.map(\.variable)).count == SettingKey.all.count)
        #expect(
            rows.contains(
                "| `okta.xApiKey` | `LEDGER_OKTA_X_API_KEY` | none | if set, the header `x-api-key` must match it too |"
            )
        )
        #expect(rows.contains { $0.hasPrefix("| `okta.previousSecret` | `LEDGER_OKTA_PREVIOUS_SECRET` | none |") })
        #expect(
            rows.contains {
                $0.hasPrefix("| `scim.token` | `LEDGER_SCIM_TOKEN` | required unless `push.mode` is `off` |")
            }
        )
        #expect(rows.contains { $0.hasPrefix("| `groups.prefix` | `LEDGER_GROUPS_PREFIX` | `AWS_` |") })
    }
}

/// How Okta's System Log is read.
struct SystemLogSettingsTests {
    private let okta = ["LEDGER_OKTA_API_URL": "https://Example.okta.com/", "LEDGER_OKTA_API_TOKEN": "00token"]
    private let key = P256.Signing.PrivateKey().pemRepresentation

    @Test func `without a URL no System Log is read, and serving goes on`() throws {
        #expect(try Settings.load(for: .serve, environment: complete).systemLog == nil)
    }

    @Test func `a URL and a token suffice, for the service and for the command`() throws {
        for purpose in [Settings.Purpose.serve, .backfill] {
            let settings = try Settings.load(for: purpose, environment: complete.merging(okta) { $1 })
            let log = try #require(settings.systemLog)
            #expect(log.org.baseURL == "https://example.okta.com")
            #expect(log.every == 900_000_000 && log.overlap == 600_000_000)
            #expect("\(log.credential)" == "[API token]")
        }
    }

    @Test func `a service app with a key takes the place of a token, not a seat beside it`() throws {
        let app = [
            "LEDGER_OKTA_API_URL": "https://example.okta.com", "LEDGER_OKTA_API_CLIENT_ID": "0oaClient",
            "LEDGER_OKTA_API_PRIVATE_KEY": key, "LEDGER_OKTA_API_EVERY": "90 s", "LEDGER_OKTA_API_OVERLAP": "1h",
        ]
        let log = try #require(try Settings.load(for: .backfill, environment: app).systemLog)
        #expect("\(log.credential)" == "[service app]" && log.every == 90_000_000 && log.overlap == 3_600_000_000)
        let both = try problems(for: .backfill, app.merging(okta) { $1 })
        #expect(both.count == 1 && both[0].contains("LEDGER_OKTA_API_TOKEN") && both[0].contains("not both"))
    }

    @Test func `additions can wait for the System Log only where that is read`() throws {
        #expect(try Settings.load(for: .serve, environment: complete).confirm == nil)
        let wish = complete.merging(["LEDGER_OKTA_CONFIRM": "adds"]) { $1 }
        let missing = try problems(wish)
        #expect(missing.count == 1 && missing[0].contains("okta.confirm") && missing[0].contains("okta.api.url"))
        let access = ["LEDGER_OKTA_API_URL": "https://example.okta.com", "LEDGER_OKTA_API_TOKEN": "00token"]
        #expect(try Settings.load(for: .serve, environment: wish.merging(access) { $1 }).confirm == .adds)
        let malformed = wish.merging(["LEDGER_OKTA_API_URL": "nonsense", "LEDGER_OKTA_API_TOKEN": "00token"]) { $1 }
        #expect(try problems(malformed).count == 1, "what is malformed is told once")
        #expect(try problems(complete.merging(["LEDGER_OKTA_CONFIRM": "all"]) { $1 })[0].contains("off or adds"))
    }

    @Test func `half of what is needed is told, with the other half`() throws {
        func names(_ purpose: Settings.Purpose, _ environment: [String: String]) throws -> [String] {
            try problems(for: purpose, environment).map { String($0.split(separator: " ")[0]) }
        }
        let url = ["LEDGER_OKTA_API_URL": "https://example.okta.com"]
        #expect(try names(.backfill, [:]) == ["okta.api.url"])
        #expect(try names(.backfill, url) == ["okta.api.token"])
        #expect(try names(.serve, complete.merging(url) { $1 }) == ["okta.api.token"])
        #expect(try names(.serve, complete.merging(["LEDGER_OKTA_API_TOKEN": "x"]) { $1 }) == ["okta.api.url"])
        let client = url.merging(["LEDGER_OKTA_API_CLIENT_ID": "0oa"]) { $1 }
        #expect(try names(.backfill, client) == ["okta.api.privateKey"])
        #expect(try names(.backfill, url.merging(["LEDGER_OKTA_API_PRIVATE_KEY": key]) { $1 }) == ["okta.api.clientId"])
        let other = okta.merging(["LEDGER_OKTA_ORG": "other.okta.com"]) { $1 }
        #expect(try names(.backfill, other) == ["okta.api.url"])
    }

    @Test(arguments: [
        ("LEDGER_OKTA_API_URL", "http://hidden.okta.com"), ("LEDGER_OKTA_API_URL", "https://hidden:x@example.okta.com"),
        ("LEDGER_OKTA_API_TOKEN", "hidden token"), ("LEDGER_OKTA_API_PRIVATE_KEY", "hidden"),
        ("LEDGER_OKTA_API_EVERY", "soon"), ("LEDGER_OKTA_API_EVERY", "0 s"), ("LEDGER_OKTA_API_OVERLAP", "25 h"),
    ])
    func `what is malformed is told, and no secret is`(variable: String, value: String) throws {
        let found = try problems(for: .backfill, okta.merging([variable: value]) { $1 })
        #expect(found.count == 1 && found[0].contains(variable) && !found[0].contains("hidden"), "\(found)")
    }
}
