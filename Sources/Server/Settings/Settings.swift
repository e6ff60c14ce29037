import Dispatcher
import OktaClient
import Projector
import SCIM

/// What the operator decided, checked as a whole before anything starts.
struct Settings: Sendable {
    /// What a command wants to do, and so which settings it needs.
    enum Purpose: Sendable, Hashable {
        /// Read the database.
        case database
        /// Read the database and change the directory.
        case push
        /// Run the service.
        case serve
        /// Read Okta's System Log into the database.
        case backfill
    }

    /// How Okta's deliveries are told from others.
    struct Okta: Sendable {
        let secret: Secret
        let previousSecret: Secret?
        /// The name of the header that carries the secret.
        let header: String
        let xAPIKey: Secret?
    }

    /// How Okta's System Log is read.
    struct SystemLog: Sendable {
        let org: OktaOrg
        let credential: OktaCredential
        /// The id of the app's key, where it has several.
        let keyID: String?
        /// Microseconds between two backfills of the service.
        let every: Int64
        /// Microseconds that Okta may take to keep an event.
        let overlap: Int64
    }

    /// Where members are pushed to.
    struct Directory: Sendable {
        /// Base URL without a trailing slash.
        let url: String
        let token: Secret
        let dialect: Dialect
        /// What it bears in a second.
        let figures: RateBudget.Figures
    }

    /// Whether the difference is sent.
    enum PushMode: String, Sendable, CaseIterable {
        case on
        case off
    }

    /// Where a listener listens.
    struct Endpoint: Sendable, Hashable {
        let host: String
        /// 0 takes any free port.
        let port: Int
    }

    /// Path of the SQLite file.
    let database: String
    /// `nil` unless the purpose is to serve.
    let okta: Okta?
    /// `nil` where no backfill is wanted.
    let systemLog: SystemLog?
    /// What waits until the System Log shows it; `nil` for nothing.
    let confirm: FoldSettings.Confirm?
    /// Host, in lower case, of the org whose events count; `nil` for any.
    let oktaOrg: String?
    /// Whether the difference is sent.
    let pushMode: PushMode
    /// Present whenever `pushMode` is `on` and the purpose needs it; with `off` only if URL and token are both given.
    let directory: Directory?
    /// Groups whose name starts with this are in scope.
    let groupsPrefix: String
    /// How much may change in a group before a person has looked.
    let brake: Brake.Settings
    /// How long a removal may wait before there is an alarm; zero for ever.
    let alarmRemovalAge: Duration
    /// Where Okta delivers.
    let hook: Endpoint
    /// Where probes ask.
    let ops: Endpoint

    /// Reads, parses and checks the settings that a purpose needs.
    /// - Parameters:
    ///   - purpose: what they are for.
    ///   - overrides: values of the command line, which beat every other place.
    ///   - file: the YAML file that the command line names; without it `LEDGER_CONFIG` may name one.
    ///   - environment: the variables of the process.
    /// - Returns: settings in which every value is well formed and none contradicts another.
    /// - Throws: every problem at once.
    static func load(
        for purpose: Purpose,
        overrides: [SettingKey: String] = [:],
        file: String? = nil,
        environment: [String: String]
    ) throws(SettingsError) -> Settings {
        let sources = SettingsSources(overrides: overrides, file: file, environment: environment)
        var decoder = SettingsDecoder(sources: sources, purpose: purpose)
        return try decoder.settings()
    }
}
