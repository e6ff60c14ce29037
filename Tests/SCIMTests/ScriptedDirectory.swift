import Foundation
import HTTPTransport
import SCIM
import Synchronization

/// Answers requests from a function and remembers them: the other side of a client without a network.
final class ScriptedDirectory: HTTPSender {
    private let answer: @Sendable (HTTPRequest) throws(TransportError) -> HTTPResponse
    private let received = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest) throws(TransportError) -> HTTPResponse) {
        self.answer = answer
    }

    var requests: [HTTPRequest] { received.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        received.withLock { $0.append(request) }
        return try answer(request)
    }
}

let testToken = "a-secret-token+/="

/// A pacer without limits.
func unhurried() -> Pacer { Pacer(.none, now: { 0 }, sleep: { _ in }) }

func scimClient(_ sender: any HTTPSender, _ dialect: Dialect) throws -> SCIMClient {
    let target = try SCIMTarget(
        url: "https://directory.example.com/tenant/scim/v2/",
        token: BearerToken(testToken),
        dialect: dialect
    )
    return SCIMClient(target: target, sender: sender, pacer: unhurried(), now: { 0 })
}

/// An answer in a directory's media type.
func answer(_ status: Int, _ body: String, headers: [(name: String, value: String)] = []) -> HTTPResponse {
    let type = (name: "Content-Type", value: "application/scim+json; charset=utf-8")
    return HTTPResponse(status: status, headers: [type] + headers, body: Array(body.utf8))
}

/// The value of a query item, percent-decoded; nil where it is missing, empty where it has no `=`.
func queryItem(_ name: String, of request: HTTPRequest) -> String? {
    let query = request.url.drop { $0 != "?" }.dropFirst()
    for item in query.split(separator: "&") {
        let parts = item.split(separator: "=", maxSplits: 1)
        if parts.first.map(String.init) == name {
            return parts.count < 2 ? "" : String(parts[1]).removingPercentEncoding
        }
    }
    return nil
}
