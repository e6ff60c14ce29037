import Dispatcher
import OktaClient
import Projector
import SCIM

/// Turns texts into settings and collects every problem on the way.
struct SettingsDecoder {
    private let sources: SettingsSources
    private let purpose: Settings.Purpose
    private var problems: [SettingsError.Problem]

    init(sources: SettingsSources, purpose: Settings.Purpose) {
        self.sources = sources
        self.purpose = purpose
        problems = sources.problems
    }

    /// Decodes all that the purpose needs.
    /// - Returns: the settings.
    /// - Throws: every problem that was found.
    mutating func settings() throws(SettingsError) -> Settings {
        let database = value(.database, SettingValue.path)
        let header = value(.oktaHeader, SettingValue.headerName)
        let secret = value(.oktaSecret, SettingValue.secret)
        let previousSecret = value(.oktaPreviousSecret, SettingValue.secret)
        let xAPIKey = value(.oktaXAPIKey, SettingValue.secret)
        let org = value(.oktaOrg, SettingValue.host)
        let known = problems.count
        let systemLog = systemLog(org: org)
        let confirm = confirm(isUnread: systemLog == nil && problems.count == known)
        let mode = value(.pushMode, SettingValue.pushMode)
        let directory = directory(required: mode == .on)
        let prefix = value(.groupsPrefix, SettingValue.prefix)
        let removalAge = value(.alarmRemovalAge, SettingValue.duration)
        let brake = brake()
        let hook = endpoint(.hookHost, .hookPort)
        let ops = endpoint(.opsHost, .opsPort)
        checkContradictions(header: header, secret: secret, xAPIKey: xAPIKey, hook: hook, ops: ops)

        guard problems.isEmpty, let database, let header, let mode, let prefix, let brake, let removalAge, let hook,
            let ops
        else {
            throw SettingsError(problems: problems)
        }
        let okta = secret.map {
            Settings.Okta(secret: $0, previousSecret: previousSecret, header: header, xAPIKey: xAPIKey)
        }
        return Settings(
            database: database,
            okta: okta,
            systemLog: systemLog,
            confirm: confirm,
            oktaOrg: org,
            pushMode: mode,
            directory: directory,
            groupsPrefix: prefix,
            brake: brake,
            alarmRemovalAge: removalAge,
            hook: hook,
            ops: ops
        )
    }

    /// The value of one key; `nil` where there is none or where a problem was noted.
    ///
    /// A key that the purpose does not need keeps its default and is not looked at.
    private mutating func value<Value>(
        _ key: SettingKey,
        required: Bool? = nil,
        _ parse: (String) throws(SettingValue.Fault) -> Value
    ) -> Value? {
        let isNeeded = key.neededFor.contains(purpose)
        let found: SettingsSources.Found?
        do {
            found = isNeeded ? try sources.text(of: key) : nil
        } catch {
            problems.append(error)
            return nil
        }
        guard let text = found?.text ?? key.defaultText else {
            if isNeeded && (required ?? (key.rule == .required)) {
                problems.append(.init(key, fault: "is missing", expected: key.meaning))
            }
            return nil
        }
        do {
            return try parse(text)
        } catch {
            let value = error.showsValue && !key.isSecret ? " \(text.shown)" : ""
            problems.append(.init(key, from: found?.source, fault: error.fault + value, expected: error.expected))
            return nil
        }
    }

    private mutating func directory(required: Bool) -> Settings.Directory? {
        let url = value(.scimURL, required: required, SettingValue.url)
        let token = value(.scimToken, required: required, SettingValue.secret)
        let dialect = value(.scimDialect, SettingValue.dialect)
        let figures = RateBudget.Figures(
            reads: value(.scimReadsPerSecond, SettingValue.rate) ?? nil,
            writes: value(.scimWritesPerSecond, SettingValue.rate) ?? nil,
            members: value(.scimMembersPerSecond, SettingValue.rate) ?? nil
        )
        guard let url, let token else { return nil }
        return Settings.Directory(
            url: url.text,
            token: token,
            dialect: dialect ?? .standard(for: url.host),
            figures: figures
        )
    }

    /// How the System Log is read; `nil` where it is not, or where a problem was noted.
    private mutating func systemLog(org: String?) -> Settings.SystemLog? {
        let required = purpose == .backfill
        let known = problems.count
        let url = value(.oktaAPIURL, required: required, SettingValue.org)
        let token = value(.oktaAPIToken, SettingValue.oktaToken)
        let clientID = value(.oktaAPIClientID, SettingValue.oktaID)
        let key = value(.oktaAPIPrivateKey, SettingValue.signingKey)
        let keyID = value(.oktaAPIKeyID, SettingValue.oktaID)
        let every = value(.oktaAPIEvery, SettingValue.interval)
        let overlap = value(.oktaAPIOverlap, SettingValue.interval)
        // What is missing because it is malformed has been told.
        guard problems.count == known else { return nil }
        var credential: OktaCredential?
        switch (token, clientID, key) {
        case (let token?, nil, nil): credential = .token(token)
        case (nil, let clientID?, let key?): credential = .app(clientID: clientID, key: key)
        case (nil, nil, nil): break
        case (nil, _, _):
            let missing: SettingKey = clientID == nil ? .oktaAPIClientID : .oktaAPIPrivateKey
            problems.append(.init(missing, fault: "is missing", expected: missing.meaning))
        default:
            problems.append(
                .init(.oktaAPIToken, fault: "is set beside a service app", expected: "a token or an app, not both")
            )
        }
        guard problems.count == known else { return nil }
        guard let url, let credential else {
            checkComplete(hasURL: url != nil, hasCredential: credential != nil)
            return nil
        }
        if let org, org != url.host {
            // Another org's System Log would overrule this org's deliveries.
            problems.append(
                .init(
                    .oktaAPIURL,
                    fault: "names another host than \(SettingKey.oktaOrg.path)",
                    expected: "the same org"
                )
            )
        }
        guard let every, let overlap else { return nil }
        return Settings.SystemLog(
            org: url,
            credential: credential,
            keyID: keyID ?? key?.keyID,
            every: every,
            overlap: overlap
        )
    }

    private mutating func checkComplete(hasURL: Bool, hasCredential: Bool) {
        if hasCredential, !hasURL {
            problems.append(.init(.oktaAPIURL, fault: "is missing", expected: SettingKey.oktaAPIURL.meaning))
        }
        if hasURL, !hasCredential {
            let expected =
                "an API token, or \(SettingKey.oktaAPIClientID.path) with \(SettingKey.oktaAPIPrivateKey.path)"
            problems.append(.init(.oktaAPIToken, fault: "is missing", expected: expected))
        }
    }

    /// What waits for the System Log.
    private mutating func confirm(isUnread: Bool) -> FoldSettings.Confirm? {
        let confirm = value(.oktaConfirm, SettingValue.confirm) ?? nil
        if confirm != nil, isUnread {
            // Nothing would ever be confirmed.
            problems.append(
                .init(
                    .oktaConfirm,
                    fault: "is adds without \(SettingKey.oktaAPIURL.path)",
                    expected: "off, or access to the System Log"
                )
            )
        }
        return confirm
    }

    private mutating func brake() -> Brake.Settings? {
        let removals = value(.brakeRemovals, SettingValue.count)
        let share = value(.brakeShare, SettingValue.share)
        let additions = value(.brakeAdditions, SettingValue.count)
        let window = value(.brakeWindow, SettingValue.duration)
        guard let removals, let share, let additions, let window else { return nil }
        return Brake.Settings(
            removals: removals,
            shareMillionths: share,
            additions: additions,
            window: Int64(window / .microseconds(1))
        )
    }

    private mutating func endpoint(_ host: SettingKey, _ port: SettingKey) -> Settings.Endpoint? {
        let host = value(host, SettingValue.address)
        let port = value(port, SettingValue.port)
        guard let host, let port else { return nil }
        return Settings.Endpoint(host: host, port: port)
    }

    private mutating func checkContradictions(
        header: String?,
        secret: Secret?,
        xAPIKey: Secret?,
        hook: Settings.Endpoint?,
        ops: Settings.Endpoint?
    ) {
        if let secret, let xAPIKey, header?.lowercased() == "x-api-key", secret != xAPIKey {
            problems.append(
                .init(
                    .oktaHeader,
                    fault: "names the header that \(SettingKey.oktaXAPIKey.path) must match as well",
                    expected: "another header, or no \(SettingKey.oktaXAPIKey.path)"
                )
            )
        }
        if let hook, let ops, hook.port != 0, hook == ops {
            problems.append(
                .init(
                    .opsPort,
                    fault: "is the port of \(SettingKey.hookPort.path) on the same address",
                    expected: "another port"
                )
            )
        }
    }
}
