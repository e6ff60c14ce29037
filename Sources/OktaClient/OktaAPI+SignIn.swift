import Foundation
import HTTPTransport
import Synchronization

/// Signing in as a service app: an access token for a signed assertion (RFC 7523), bound to a key of ours where the app demands
/// DPoP (RFC 9449; developer.okta.com/docs/guides/dpop/).
extension OktaAPI {
    /// The headers that admit a GET.
    func authorization(of url: String) async throws(OktaError) -> [(name: String, value: String)] {
        switch credential {
        case .token(let token): return [("Authorization", "SSWS \(token.secret)")]
        case .app(let clientID, let key):
            let token = try await accessToken(clientID, key)
            let (demandsProof, nonce) = state.withLock { ($0.demandsProof, $0.nonce) }
            guard demandsProof else { return [("Authorization", "Bearer \(token)")] }
            let proof = try proof.make(
                "GET",
                url,
                token: token,
                nonce: nonce,
                now: oktaSeconds,
                id: surroundings.uuid()
            )
            return [("Authorization", "DPoP \(token)"), ("DPoP", proof)]
        }
    }

    /// Makes another attempt worth while after a 401: takes the nonce that the API asks for, or drops the access token. False
    /// where there is neither.
    func renewAccess(after response: HTTPResponse) -> Bool {
        let nonce = Self.nonce(of: response)
        return state.withLock { state in
            if state.demandsProof, let nonce, nonce != state.nonce {
                state.nonce = nonce
                return true
            }
            defer { state.access = nil }
            return state.access != nil
        }
    }

    /// Okta's clock, in seconds since 1970.
    private var oktaSeconds: Int64 { surroundings.now() / 1_000_000 + clockOffset }

    private func accessToken(_ clientID: String, _ key: SigningKey) async throws(OktaError) -> String {
        let now = surroundings.now()
        if let access = state.withLock(\.access), access.until > now { return access.secret }
        var correctedClock = false
        // Without a proof, with one, with one that repeats the nonce, and once more by Okta's clock.
        for _ in 0..<4 {
            let response = try await requestToken(clientID, key)
            if response.status == 200 { return try keep(response, since: now) }
            if response.status == 429 || response.status >= 500 { throw OktaError(response) }
            let code = OktaError.code(of: response)
            if code == "invalid_dpop_proof" || code == "use_dpop_nonce" {
                guard demandProof(Self.nonce(of: response)) else { throw OktaError(.proofRefused) }
            } else if !correctedClock, abs(clockOffset) > 30 {
                // An assertion that seems to come from the future or the past; now Okta's clock is known.
                correctedClock = true
            } else {
                throw OktaError(.noAccessToken(code: code))
            }
        }
        throw OktaError(.proofRefused)
    }

    /// From now on each request brings a proof. False where that is no news.
    private func demandProof(_ nonce: String?) -> Bool {
        state.withLock { state in
            let isNews = !state.demandsProof || (nonce != nil && nonce != state.tokenNonce)
            (state.demandsProof, state.tokenNonce) = (true, nonce ?? state.tokenNonce)
            return isNews
        }
    }

    private static func nonce(of response: HTTPResponse) -> String? {
        guard let nonce = response.first("DPoP-Nonce"), 1...512 ~= nonce.utf8.count,
            nonce.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return nil }
        return nonce
    }

    private func requestToken(_ clientID: String, _ key: SigningKey) async throws(OktaError) -> HTTPResponse {
        let url = org.baseURL + "/oauth2/v1/token"
        let assertion = try ClientAssertion.make(
            clientID: clientID,
            key: key,
            keyID: keyID,
            audience: url,
            now: oktaSeconds,
            id: surroundings.uuid()
        )
        let form = [
            ("grant_type", "client_credentials"), ("scope", scope),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ]
        var headers = [(name: "Content-Type", value: "application/x-www-form-urlencoded")]
        let (demandsProof, nonce) = state.withLock { ($0.demandsProof, $0.tokenNonce) }
        if demandsProof {
            let proof = try proof.make(
                "POST",
                url,
                token: nil,
                nonce: nonce,
                now: oktaSeconds,
                id: surroundings.uuid()
            )
            headers.append((name: "DPoP", value: proof))
        }
        let body = form.map { "\($0)=\(SystemLogQuery.encoded($1))" }.joined(separator: "&")
        switch await exchange("POST", url, headers, body: Array(body.utf8)) {
        case .success(let response): return response
        case .failure(let error): throw OktaError(.transport(error))
        }
    }

    private func keep(_ response: HTTPResponse, since: Int64) throws(OktaError) -> String {
        struct Body: Decodable {
            let token: String
            let lifetime: Int64?
            let type: String?

            enum CodingKeys: String, CodingKey {
                case token = "access_token"
                case lifetime = "expires_in"
                case type = "token_type"
            }
        }
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(response.body)),
            let token = OktaToken(body.token)
        else { throw OktaError(.malformed) }
        let seconds = min(max(body.lifetime ?? 60, 0), 86_400)
        state.withLock { state in
            state.demandsProof = body.type?.lowercased() == "dpop"
            // A minute early, so that it does not expire on the way.
            state.access = AccessToken(secret: token.secret, until: since + max(0, seconds - 60) * 1_000_000)
        }
        return token.secret
    }
}
