import Dispatcher
import Foundation
import HTTPTransport
import SCIM
import SQLiteStore

extension Dispatcher.Surroundings {
    /// The real clock, real chance, real waiting.
    static let system = Dispatcher.Surroundings(
        now: SystemSource.microseconds,
        jitter: { Double.random(in: 0..<1) },
        uuid: { UUID().uuidString.lowercased() },
        sleep: { try await Task.sleep(for: .microseconds($0)) }
    )
}

/// The connection to the directory.
struct DirectoryConnection: Sendable {
    let http: HTTPClient
    let client: SCIMClient

    /// Opens nothing yet; the first request connects.
    init(_ settings: Settings.Directory) throws {
        http = try HTTPClient(HTTPClientOptions(userAgent: Version.userAgent))
        let start = ContinuousClock.now
        let target = try SCIMTarget(
            url: settings.url,
            token: try BearerToken(settings.token.exposed),
            dialect: settings.dialect
        )
        client = SCIMClient(
            target: target,
            sender: http,
            userAgent: Version.userAgent,
            pacer: Pacer(
                settings.figures,
                now: { (ContinuousClock.now - start).microseconds },
                sleep: { try await Task.sleep(for: .microseconds($0), tolerance: .zero) }
            ),
            now: SystemSource.microseconds
        )
    }
}
