import Foundation
import HTTPTransport
import OktaClient
import SQLiteStore

/// The connection to Okta's API.
struct SystemLogConnection: Sendable {
    let http: HTTPClient
    let log: SystemLog

    /// Opens nothing yet; the first request connects.
    init(_ settings: Settings.SystemLog) throws {
        http = try HTTPClient(HTTPClientOptions(userAgent: Version.userAgent))
        log = SystemLog(
            OktaAPI(
                org: settings.org,
                credential: settings.credential,
                keyID: settings.keyID,
                sender: http,
                surroundings: OktaAPI.Surroundings(
                    now: SystemSource.microseconds,
                    uuid: { UUID().uuidString.lowercased() },
                    sleep: { try await Task.sleep(for: $0) }
                )
            )
        )
    }
}
