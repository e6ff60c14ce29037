import Foundation
public import HTTPTransport
import Okta
import Synchronization

/// Asks one org's API: signs in, keeps to the rate limit, tries again what may pass.
public final class OktaAPI: Sendable {
    /// Time, chance and waiting.
    public struct Surroundings: Sendable {
        /// Microseconds since 1970.
        public let now: @Sendable () -> Int64
        /// A text that nobody has used yet.
        public let uuid: @Sendable () -> String
        /// Waits, or throws if the task is cancelled.
        public let sleep: @Sendable (Duration) async throws -> Void

        /// Surroundings.
        public init(
            now: @escaping @Sendable () -> Int64,
            uuid: @escaping @Sendable () -> String,
            sleep: @escaping @Sendable (Duration) async throws -> Void
        ) {
            (self.now, self.uuid, self.sleep) = (now, uuid, sleep)
        }
    }

    struct AccessToken {
        let secret: String
        /// By our clock, in microseconds since 1970.
        let until: Int64
    }

    struct State {
        var access: AccessToken?
        /// Whether the app demands DPoP.
        var demandsProof = false
        /// What the token endpoint wants to be repeated in a proof.
        var tokenNonce: String?
        /// What the API wants to be repeated in a proof.
        var nonce: String?
        /// Not before this, by our clock, in microseconds since 1970.
        var notBefore: Int64 = 0
        /// Okta's clock less ours, in seconds.
        var clockOffset: Int64 = 0
    }

    /// The org.
    public let org: OktaOrg
    let credential: OktaCredential
    let keyID: String?
    /// What an app asks to be allowed, with spaces between.
    let scope: String
    private let sender: any HTTPSender
    let surroundings: Surroundings
    let proof = PossessionProof()
    let state = Mutex(State())

    /// Largest answer: a page of 1,000 events of Okta's has about 4 MB.
    static let mostBytes = 32 << 20
    /// Refusals in a row that are waited out, and failures in a row that are tried again.
    static let mostRefusals = 10, mostFailures = 5

    /// A client of one org.
    ///
    /// - Parameters:
    ///   - org: Where its API is.
    ///   - credential: What admits us.
    ///   - keyID: The name of the app's key in Okta (`kid`), where the app has several.
    ///   - scope: What an app asks to be allowed: no more than this client needs.
    ///   - sender: What carries the requests.
    ///   - surroundings: Time, chance and waiting.
    public init(
        org: OktaOrg,
        credential: OktaCredential,
        keyID: String? = nil,
        scope: String = SystemLog.scope,
        sender: any HTTPSender,
        surroundings: Surroundings
    ) {
        (self.org, self.credential, self.keyID, self.scope) = (org, credential, keyID, scope)
        (self.sender, self.surroundings) = (sender, surroundings)
    }

    /// Okta's clock less ours, in seconds, as the last answer told; 0 before the first.
    public var clockOffset: Int64 { state.withLock(\.clockOffset) }

    /// Fetches a URL of the org: waits where the budget is used up, and tries again what may pass.
    ///
    /// - Parameters:
    ///   - url: Absolute, on the org's host: from ``OktaOrg/resolve(_:)``.
    ///   - others: Statuses beside 200 that are answers too.
    /// - Returns: An answer of status 200, or of one of `others`.
    /// - Throws: ``OktaError``; `transport` of kind `cancelled` where the task is.
    func get(_ url: String, admitting others: Set<Int> = []) async throws(OktaError) -> HTTPResponse {
        var refusals = 0
        var failures = 0
        var renewed = false
        while true {
            try await takeTurn()
            let answer = await exchange("GET", url, try await authorization(of: url))
            switch answer {
            case .success(let response) where response.status == 200 || others.contains(response.status):
                return response
            case .success(let response) where response.status == 429:
                refusals += 1
                // The time to wait is kept already: it holds for every request.
                if refusals > Self.mostRefusals { throw OktaError(response) }
            case .success(let response) where response.status == 401 && !renewed && renewAccess(after: response):
                renewed = true
            case .success(let response) where response.status >= 500:
                failures += 1
                if failures > Self.mostFailures { throw OktaError(response) }
                try await sleep(Self.pause(after: failures))
            case .success(let response): throw OktaError(response)
            case .failure(let error):
                failures += 1
                if error.kind == .cancelled || error.kind == .shutDown || error.kind == .responseTooLarge
                    || failures > Self.mostFailures
                {
                    throw OktaError(.transport(error))
                }
                try await sleep(Self.pause(after: failures))
            }
        }
    }

    /// 1, 2, 4, 8, 16 s.
    static func pause(after failures: Int) -> Duration { .seconds(1 << min(max(failures - 1, 0), 4)) }

    func exchange(
        _ method: String,
        _ url: String,
        _ headers: [(name: String, value: String)],
        body: [UInt8]? = nil
    ) async -> Result<HTTPResponse, TransportError> {
        let request = HTTPRequest(
            method: method,
            url: url,
            headers: [("Accept", "application/json")] + headers,
            body: body,
            // A query of the System Log may take Okta 30 s.
            deadlines: Deadlines(firstByte: .seconds(60), total: .seconds(180)),
            maximumResponseBytes: Self.mostBytes
        )
        let response: HTTPResponse
        do {
            response = try await sender.send(request)
        } catch {
            return .failure(error)
        }
        let rate = RateLimit(response)
        let now = surroundings.now()
        let wait = response.status == 429 ? rate.waitAfterRefusal(now: now) : rate.waitBeforeNext(now: now)
        state.withLock { state in
            if let date = rate.date { state.clockOffset = date - now / 1_000_000 }
            if wait > .zero { state.notBefore = max(state.notBefore, now + wait.microseconds) }
        }
        return .success(response)
    }

    private func takeTurn() async throws(OktaError) {
        let wait = state.withLock(\.notBefore) - surroundings.now()
        if wait > 0 { try await sleep(.microseconds(wait)) }
    }

    private func sleep(_ duration: Duration) async throws(OktaError) {
        do {
            try await surroundings.sleep(duration)
        } catch {
            throw OktaError(.transport(TransportError(.cancelled, requestMayHaveArrived: false)))
        }
    }
}

extension Duration {
    /// Whole microseconds, rounded up.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + (components.attoseconds + 999_999_999_999) / 1_000_000_000_000
    }
}
