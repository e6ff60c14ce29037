import Dispatcher
import Foundation
import HTTPTransport
import Projector

/// Asks the running service over its socket.
struct ControlClient: Sendable {
    private let http: HTTPClient
    private let path: ControlPath

    init(database: String) throws {
        http = try HTTPClient(HTTPClientOptions(userAgent: Version.userAgent))
        path = ControlPath(database: database)
    }

    /// Closes the connection.
    func close() async { await http.shutdown() }

    /// What the service tells of itself.
    func live() async throws -> ControlListener.Live { try await ask("GET", "/status", nil as OperatorBody?) }

    /// Has an action written down, and waits until it is folded.
    func act(_ body: OperatorBody) async throws {
        let _: [String: Int64] = try await ask("POST", "/action", body)
    }

    /// Has the fold rebuilt.
    func replay(_ request: Operations.Replay) async throws -> Operations.Replayed {
        try await ask("POST", "/replay", request)
    }

    /// Has the directory's members read and compared.
    func reconcile(_ request: Operations.Reconcile) async throws -> Reconciliation {
        try await ask("POST", "/reconcile", request)
    }

    /// Has Okta's System Log read.
    func backfill(_ request: Operations.Backfill) async throws -> BackfillReport {
        try await ask("POST", "/backfill", request)
    }

    /// Has the groups in scope read from Okta.
    func baseline(_ request: Operations.Baseline) async throws -> BaselineReport {
        try await ask("POST", "/baseline", request)
    }

    private func ask<Answer: Decodable>(_ method: String, _ route: String, _ body: (some Encodable)?) async throws
        -> Answer
    {
        let response: HTTPResponse
        do {
            response = try await http.send(
                HTTPRequest(
                    method: method,
                    url: "http://ledger\(route)",
                    headers: body == nil ? [] : [("Content-Type", "application/json")],
                    body: try body.map { Array(try JSONEncoder().encode($0)) },
                    deadlines: Deadlines(connect: .seconds(5), firstByte: .seconds(7_200), total: .seconds(7_200)),
                    maximumResponseBytes: 256 << 20,
                    unixSocketPath: path.socket
                )
            )
        } catch let error as TransportError {
            throw ServiceUnreachable(socket: path.socket, reason: "\(error)")
        }
        guard response.status == 200 else {
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
            throw ServiceRefused(status: response.status, detail: problem?.detail ?? "no reason given")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    private struct Problem: Decodable {
        let detail: String
    }
}

/// Another process holds the ledger, but does not answer.
struct ServiceUnreachable: Error, CustomStringConvertible {
    let socket: String
    let reason: String

    var description: String {
        "Another process holds the ledger and does not answer on \(socket) (\(reason)). "
            + "If it is `ledger serve`, wait until it listens; if it is another command, wait until it ends."
    }
}

/// The service said no.
struct ServiceRefused: Error, CustomStringConvertible {
    let status: Int
    let detail: String

    var description: String { detail }
}
