import Foundation
import HTTPTransport
import OktaClient
import SQLiteStore

/// The connection to Okta's API.
struct OktaConnection: Sendable {
    let http: HTTPClient
    let log: SystemLog
    /// The Groups API, which signs in for itself: an app asks for no more than each needs.
    let groups: Groups

    /// Opens nothing yet; the first request connects.
    init(_ settings: Settings.SystemLog) throws {
        http = try HTTPClient(HTTPClientOptions(userAgent: Version.userAgent))
        log = SystemLog(Self.api(settings, http, scope: SystemLog.scope))
        groups = Groups(Self.api(settings, http, scope: Groups.scope))
    }

    private static func api(_ settings: Settings.SystemLog, _ http: HTTPClient, scope: String) -> OktaAPI {
        OktaAPI(
            org: settings.org,
            credential: settings.credential,
            keyID: settings.keyID,
            scope: scope,
            sender: http,
            surroundings: OktaAPI.Surroundings(
                now: SystemSource.microseconds,
                uuid: { UUID().uuidString.lowercased() },
                sleep: { try await Task.sleep(for: $0) }
            )
        )
    }
}
