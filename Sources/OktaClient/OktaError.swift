import Foundation
public import HTTPTransport

/// Why Okta did not give what was asked for. Its description says what to do, and never holds a token, a key or a link.
public struct OktaError: Error, Hashable, Sendable {
    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// No complete answer came.
        case transport(TransportError)
        /// 401: the token is wrong, expired or revoked.
        case unauthorized
        /// 403: the token may not read this.
        case forbidden
        /// 429 again and again, for longer than anybody should wait.
        case throttled
        /// 5xx, again and again.
        case serverFailed(status: Int)
        /// Another status.
        case refused(status: Int)
        /// `since` lies too far back (`E0000053`).
        case tooFarBack
        /// The answer is not what the API's documentation says.
        case malformed
        /// The `next` link leads to another host, or not to the API; the host, if it can be told.
        case foreignLink(host: String?)
        /// A page came without a `next` link, though it is not the last.
        case noNextLink
        /// An answer whose time cannot be told: it has no `Date`.
        case noDate
        /// The `next` links lead in circles, or never end.
        case endless
        /// No access token was given for the signed assertion; the error code of RFC 6749 section 5.2.
        case noAccessToken(code: String?)
        /// The app demands DPoP (RFC 9449), and Okta refuses our proof.
        case proofRefused
        /// The private key could not sign.
        case keyFailed
    }

    /// What went wrong.
    public let kind: Kind
    /// Okta's error code, such as `E0000011`.
    public let code: String?
    /// Okta's name for the request, for its support.
    public let requestID: String?

    init(_ kind: Kind, code: String? = nil, requestID: String? = nil) {
        (self.kind, self.code, self.requestID) = (kind, code, requestID)
    }

    /// What is wrong with an answer that is neither a success nor worth another try.
    init(_ response: HTTPResponse) {
        let code = Self.code(of: response)
        let kind: Kind =
            switch response.status {
            case 401: .unauthorized
            case 403: .forbidden
            case 429: .throttled
            case 400 where code == "E0000053": .tooFarBack
            case 500...: .serverFailed(status: response.status)
            default: .refused(status: response.status)
            }
        self.init(kind, code: code, requestID: Self.word(response.first("X-Okta-Request-Id")))
    }

    /// Okta's error code of an answer, if it has one: `errorCode` of the API, or `error` of the token endpoint.
    static func code(of response: HTTPResponse) -> String? {
        struct Body: Decodable {
            let errorCode: String?
            let error: String?
        }
        guard response.body.count <= 65_536,
            let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
        else { return nil }
        return word(body.errorCode ?? body.error)
    }

    /// A text from outside that may stand in a message: one short word. A token is longer.
    static func word(_ text: String?) -> String? {
        guard let text, 1...40 ~= text.utf8.count,
            text.utf8.allSatisfy({
                0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || "._-".utf8.contains($0)
            })
        else { return nil }
        return text
    }

    /// The host that a link leads to, if it is a name that may be shown.
    static func host(of link: String) -> String? {
        guard let host = URLComponents(string: link)?.host, host.utf8.count <= 253,
            host.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 | 0x20 || "-.:".utf8.contains($0) })
        else { return nil }
        return host
    }
}

extension OktaError: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        let details = [code.map { "Okta's code \($0)" }, requestID.map { "request \($0)" }].compactMap(\.self)
        return sentence + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }

    private var sentence: String {
        switch kind {
        case .transport(let error): "Okta gave no answer: \(error)"
        case .unauthorized:
            "Okta does not know the token: make a new API token (okta.api.token), or check okta.api.clientId"
        case .forbidden:
            "Okta's token may not read this: its admin needs to see the System Log, and all groups for a "
                + "baseline; an app needs the scopes \(SystemLog.scope) and \(Groups.scope)"
        case .throttled:
            "Okta answered 429 again and again: others use up the org's rate limit; it is tried again later"
        case .serverFailed(let status): "Okta answered \(status) again and again; it is tried again later"
        case .refused(let status): "Okta refused the request with \(status)"
        case .tooFarBack:
            "Okta refuses to look back more than \(SystemLogQuery.farthestDays) days, and keeps events for "
                + "\(SystemLogQuery.retentionDays): choose a later --since"
        case .malformed: "what came is not an answer of Okta's API: check okta.api.url and any proxy"
        case .foreignLink(let host):
            "Okta's next link leads to \(host ?? "another place"), which is not the host of okta.api.url: the token was not "
                + "sent there; set okta.api.url to the org's own URL"
        case .noNextLink: "Okta's answer has no next link: something on the way takes Link headers away"
        case .noDate: "Okta's answer has no Date: something on the way takes headers away"
        case .endless: "Okta's next links do not come to an end; it is tried again later"
        case .noAccessToken(let code):
            "Okta gave no access token\(code.map { " (\($0))" } ?? ""): check okta.api.clientId, the public key of the app, and "
                + "that its scope \(SystemLog.scope), and \(Groups.scope) for a baseline, is granted"
        case .proofRefused:
            "the app in Okta demands DPoP, and Okta refuses the proof: check the clock, or switch off \"Require Demonstrating "
                + "Proof of Possession\" of the app"
        case .keyFailed: "okta.api.privateKey could not sign"
        }
    }
}
