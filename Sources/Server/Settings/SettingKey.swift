/// One setting: its names, its default, and when it must be given.
///
/// ``SettingKey/all`` is the only list of settings. Decoding and the table in the README are both made from it.
struct SettingKey: Sendable, Hashable {
    /// When a value must be given.
    enum Rule: Sendable, Hashable {
        case required
        case requiredWhenPushing
        case optional
    }

    /// The dotted name, as in the YAML file: `okta.secret`.
    let path: String
    /// The environment variable: `LEDGER_OKTA_SECRET`.
    let variable: String
    /// The value that holds where none is given, as text.
    let defaultText: String?
    /// What the documentation shows as the default where no fixed text is one.
    let defaultNote: String?
    /// Whether the value must never be shown.
    let isSecret: Bool
    /// When a value must be given.
    let rule: Rule
    /// The purposes that read this setting.
    let neededFor: Set<Settings.Purpose>
    /// What it means, in one line.
    let meaning: String

    private init(
        _ path: String,
        _ variable: String,
        default defaultText: String? = nil,
        note: String? = nil,
        secret: Bool = false,
        rule: Rule = .optional,
        for purposes: Set<Settings.Purpose>,
        _ meaning: String
    ) {
        self.path = path
        self.variable = variable
        self.defaultText = defaultText
        self.defaultNote = note
        self.isSecret = secret
        self.rule = rule
        self.neededFor = purposes
        self.meaning = meaning
    }

    /// The file in the secrets folder that gives this setting: the path with dashes for dots, `okta-secret`.
    var secretFile: String { path.replacing(".", with: "-") }

    /// The path's parts, as the YAML file nests them.
    var components: [String] { path.split(separator: ".").map(String.init) }
}

extension SettingKey {
    static let database = SettingKey(
        "database",
        "LEDGER_DATABASE",
        default: "ledger.db",
        for: [.database, .push, .serve, .backfill],
        "path of the SQLite file"
    )
    static let oktaSecret = SettingKey(
        "okta.secret",
        "LEDGER_OKTA_SECRET",
        secret: true,
        rule: .required,
        for: [.serve],
        "the secret that Okta sends with each delivery"
    )
    static let oktaPreviousSecret = SettingKey(
        "okta.previousSecret",
        "LEDGER_OKTA_PREVIOUS_SECRET",
        note: "none",
        secret: true,
        for: [.serve],
        "a second secret that is accepted while the first is being rotated"
    )
    static let oktaHeader = SettingKey(
        "okta.header",
        "LEDGER_OKTA_HEADER",
        default: "Authorization",
        for: [.serve],
        "the header that carries the secret"
    )
    static let oktaXAPIKey = SettingKey(
        "okta.xApiKey",
        "LEDGER_OKTA_X_API_KEY",
        note: "none",
        secret: true,
        for: [.serve],
        "if set, the header `x-api-key` must match it too"
    )
    static let oktaOrg = SettingKey(
        "okta.org",
        "LEDGER_OKTA_ORG",
        note: "any",
        for: [.push, .serve, .backfill],
        "host of the org whose events count, such as `example.okta.com`"
    )
    static let oktaConfirm = SettingKey(
        "okta.confirm",
        "LEDGER_OKTA_CONFIRM",
        default: "off",
        for: [.serve],
        "`adds` makes additions wait until the System Log shows their event too; wants `okta.api.url`"
    )
    static let oktaAPIURL = SettingKey(
        "okta.api.url",
        "LEDGER_OKTA_API_URL",
        note: "none: no backfill, no baseline",
        for: [.serve, .backfill],
        "the org's own URL, such as `https://example.okta.com`: where its System Log is read"
    )
    static let oktaAPIToken = SettingKey(
        "okta.api.token",
        "LEDGER_OKTA_API_TOKEN",
        note: "none",
        secret: true,
        for: [.serve, .backfill],
        "an API token of an admin who may read the System Log and view all groups"
    )
    static let oktaAPIClientID = SettingKey(
        "okta.api.clientId",
        "LEDGER_OKTA_API_CLIENT_ID",
        note: "none",
        for: [.serve, .backfill],
        "in place of a token: a service app with the scopes `okta.logs.read` and, for a baseline, `okta.groups.read`"
    )
    static let oktaAPIPrivateKey = SettingKey(
        "okta.api.privateKey",
        "LEDGER_OKTA_API_PRIVATE_KEY",
        note: "none",
        secret: true,
        for: [.serve, .backfill],
        "that app's private key in PEM or as a JWK: RSA, or EC P-256"
    )
    static let oktaAPIKeyID = SettingKey(
        "okta.api.keyId",
        "LEDGER_OKTA_API_KEY_ID",
        note: "none",
        for: [.serve, .backfill],
        "the key's id in Okta, where the app has several"
    )
    static let oktaAPIEvery = SettingKey(
        "okta.api.every",
        "LEDGER_OKTA_API_EVERY",
        default: "15 min",
        for: [.serve, .backfill],
        "how often `serve` runs a backfill, beside the one at its start"
    )
    static let oktaAPIOverlap = SettingKey(
        "okta.api.overlap",
        "LEDGER_OKTA_API_OVERLAP",
        default: "10 min",
        for: [.serve, .backfill],
        "how long Okta may take to keep an event: so much is read again, and a gap closes only so long after its end"
    )
    static let scimURL = SettingKey(
        "scim.url",
        "LEDGER_SCIM_URL",
        note: "none",
        rule: .requiredWhenPushing,
        for: [.push, .serve],
        "base URL of the directory's SCIM 2.0 service"
    )
    static let scimToken = SettingKey(
        "scim.token",
        "LEDGER_SCIM_TOKEN",
        note: "none",
        secret: true,
        rule: .requiredWhenPushing,
        for: [.push, .serve],
        "bearer token for the directory"
    )
    static let scimDialect = SettingKey(
        "scim.dialect",
        "LEDGER_SCIM_DIALECT",
        note: "`aws` for amazonaws hosts, else `rfc`",
        for: [.push, .serve],
        "how a member is removed: `aws` or `rfc`"
    )
    static let scimReadsPerSecond = SettingKey(
        "scim.readsPerSecond",
        "LEDGER_SCIM_READS_PER_SECOND",
        default: "40",
        for: [.push, .serve],
        "most GET requests to the directory in a second; 0 for no limit"
    )
    static let scimWritesPerSecond = SettingKey(
        "scim.writesPerSecond",
        "LEDGER_SCIM_WRITES_PER_SECOND",
        default: "25",
        for: [.push, .serve],
        "most requests that change the directory in a second; 0 for no limit"
    )
    static let scimMembersPerSecond = SettingKey(
        "scim.membersPerSecond",
        "LEDGER_SCIM_MEMBERS_PER_SECOND",
        default: "0",
        for: [.push, .serve],
        "most single changes of membership in a second; 0 for no limit but what its 429 answers teach"
    )
    static let pushMode = SettingKey(
        "push.mode",
        "LEDGER_PUSH_MODE",
        default: "on",
        for: [.push, .serve],
        "`on`, or `off` to fold and show the plan but send nothing"
    )
    static let groupsPrefix = SettingKey(
        "groups.prefix",
        "LEDGER_GROUPS_PREFIX",
        default: "AWS_",
        for: [.push, .serve],
        "groups whose name starts with this are in scope"
    )
    static let brakeRemovals = SettingKey(
        "brake.removals",
        "LEDGER_BRAKE_REMOVALS",
        default: "50",
        for: [.push, .serve],
        "more removals than this in one group within the window are held; 0: no such limit"
    )
    static let brakeShare = SettingKey(
        "brake.share",
        "LEDGER_BRAKE_SHARE",
        default: "0.5",
        for: [.push, .serve],
        "so are removals of more than this share of a group of 10 or more members; 0: no such limit"
    )
    static let brakeAdditions = SettingKey(
        "brake.additions",
        "LEDGER_BRAKE_ADDITIONS",
        default: "200",
        for: [.push, .serve],
        "so are more additions than this to one group; 0: no such limit"
    )
    static let brakeWindow = SettingKey(
        "brake.window",
        "LEDGER_BRAKE_WINDOW",
        default: "1h",
        for: [.push, .serve],
        "the window in which these are counted, such as `1h`, `30m` or `3600s`; 0: no brake at all"
    )
    static let alarmRemovalAge = SettingKey(
        "alarm.removalAge",
        "LEDGER_ALARM_REMOVAL_AGE",
        default: "15m",
        for: [.database, .push, .serve],
        "how long a removal may wait before there is an alarm, such as `15m` or `900s`; 0 for no alarm"
    )
    static let hookHost = SettingKey(
        "hook.host",
        "LEDGER_HOOK_HOST",
        default: "0.0.0.0",
        for: [.serve],
        "address of the listener for Okta"
    )
    static let hookPort = SettingKey(
        "hook.port",
        "LEDGER_HOOK_PORT",
        default: "8080",
        for: [.serve],
        "port of the listener for Okta; 0 takes any free one"
    )
    static let opsHost = SettingKey(
        "ops.host",
        "LEDGER_OPS_HOST",
        default: "0.0.0.0",
        for: [.serve],
        "address of the internal listener for probes"
    )
    static let opsPort = SettingKey(
        "ops.port",
        "LEDGER_OPS_PORT",
        default: "8081",
        for: [.serve],
        "port of the internal listener; 0 takes any free one"
    )

    /// Every setting there is, in the order of the documentation.
    static let all: [SettingKey] = [
        database, oktaSecret, oktaPreviousSecret, oktaHeader, oktaXAPIKey, oktaOrg, oktaConfirm, oktaAPIURL,
        oktaAPIToken, oktaAPIClientID, oktaAPIPrivateKey, oktaAPIKeyID, oktaAPIEvery, oktaAPIOverlap, scimURL,
        scimToken, scimDialect,
        scimReadsPerSecond, scimWritesPerSecond, scimMembersPerSecond, pushMode, groupsPrefix, brakeRemovals,
        brakeShare, brakeAdditions, brakeWindow, alarmRemovalAge, hookHost, hookPort, opsHost, opsPort,
    ]
}

extension Settings {
    /// The table of all settings in Markdown, as the README shows it.
    static var documentation: String {
        let rows = SettingKey.all.map { key in
            "| `\(key.path)` | `\(key.variable)` | \(defaultCell(of: key)) | \(key.meaning) |"
        }
        return (["| key | variable | default | meaning |", "| --- | --- | --- | --- |"] + rows)
            .joined(separator: "\n")
    }

    private static func defaultCell(of key: SettingKey) -> String {
        switch key.rule {
        case .required: "required"
        case .requiredWhenPushing: "required unless `push.mode` is `off`"
        case .optional: key.defaultText.map { "`\($0)`" } ?? key.defaultNote ?? "none"
        }
    }
}
