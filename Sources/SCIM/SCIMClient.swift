import Foundation
public import HTTPTransport

/// The way to one directory: sends what was written down, and looks up who is who.
public struct SCIMClient: Sendable {
    /// The directory.
    public let target: SCIMTarget

    private let sender: any HTTPSender
    private let userAgent: String
    private let deadlines: Deadlines
    private let pacer: Pacer
    private let now: @Sendable () -> Int64

    /// A client of one directory.
    ///
    /// - Parameters:
    ///   - target: The directory.
    ///   - sender: What carries the requests.
    ///   - userAgent: Never empty: AWS refuses a PATCH without a `User-Agent`.
    ///   - deadlines: Of each single request.
    ///   - pacer: Says when a request may leave; shared by all who ask this directory.
    ///   - now: The clock, in microseconds since 1970 UTC; only for dates in `Retry-After`.
    public init(
        target: SCIMTarget,
        sender: any HTTPSender,
        userAgent: String = "ledger",
        deadlines: Deadlines = Deadlines(),
        pacer: Pacer,
        now: @escaping @Sendable () -> Int64
    ) {
        self.target = target
        self.sender = sender
        self.userAgent = userAgent
        self.deadlines = deadlines
        self.pacer = pacer
        self.now = now
    }

    /// Sends a request that changes the directory, once, and says what became of it.
    ///
    /// It does not throw: whatever happens is an outcome, and goes into the log. libcurl may resend an idempotent request
    /// on a kept connection that dies before any answer. Whoever calls it MUST have had its `turn`.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - changes: How many changes of membership it holds.
    /// - Returns: What became of it.
    public func send(_ request: SCIMRequest, changes: Int) async -> SCIMOutcome {
        let start = ContinuousClock.now
        let answer: Result<HTTPResponse, TransportError>
        do {
            answer = .success(try await sender.send(httpRequest(request)))
        } catch {
            answer = .failure(error)
        }
        let outcome = SCIMOutcome(of: answer, duration: ContinuousClock.now - start, now: now(), hiding: target.token)
        if case .throttled(let wait) = outcome.classification {
            pacer.throttled(.write(changes: changes), retryAfter: wait)
        } else {
            pacer.served()
            if let wait = outcome.retryAfter { pacer.close(for: wait) }
        }
        return outcome
    }

    /// Returns when a request with so many changes may leave.
    ///
    /// - Throws: `CancellationError`.
    public func turn(changes: Int) async throws(CancellationError) { try await pacer.turn(.write(changes: changes)) }

    /// Lets no read leave for so long; those that wait for their turn fail with `notAsked`.
    public func close(for wait: Duration) { pacer.close(for: wait) }

    /// The most changes to put into one request now.
    public var changesInARequest: Int { pacer.changesInARequest }

    /// Fetches and decodes one answer.
    ///
    /// - Throws: `SCIMError`.
    func read<Answer: Decodable>(_ request: SCIMRequest, as type: Answer.Type) async throws(SCIMError) -> Answer {
        try await takeReadTurn()
        let response: HTTPResponse
        do {
            response = try await sender.send(httpRequest(request))
        } catch {
            throw SCIMError(.transport(error))
        }
        if let kind = failure(of: response) {
            switch kind {
            case .throttled(let wait): pacer.throttled(.read, retryAfter: wait)
            case .serverFailed(_, let wait?): pacer.close(for: wait)
            default: break
            }
            let explanation = Explanation(of: response, hiding: target.token)
            let requestID = response.requestID ?? ErrorBody(of: response)?.requestID
            throw SCIMError(kind, explanation: explanation, requestID: requestID)
        }
        guard let answer = try? JSONDecoder().decode(type, from: Data(response.body)) else {
            throw SCIMError(.malformed, requestID: response.requestID)
        }
        return answer
    }

    /// A list has many pages, a lookup several requests: each waits for its turn, and none leaves after the directory has
    /// asked for time.
    private func takeReadTurn() async throws(SCIMError) {
        do {
            try await pacer.turn(.read)
        } catch {
            throw SCIMError(.transport(TransportError(.cancelled, requestMayHaveArrived: false)))
        }
        if pacer.isClosed { throw SCIMError(.notAsked) }
    }

    /// Why an answer must not be decoded; nil if it may.
    private func failure(of response: HTTPResponse) -> SCIMError.Kind? {
        let wait = response.first("Retry-After").flatMap { retryAfter($0, now: now()) }
        switch response.status {
        case 200..<300:
            guard !response.isJSON else { return nil }
            let named = response.first("Content-Type")
            return .foreignContent(named.map { boundedText(Array($0.utf8), limit: 128, hiding: target.token) })
        case 300..<400, 401, 403: return .unauthorized(status: response.status)
        case 404: return .notFound
        case 429: return .throttled(retryAfter: wait)
        case 400..<500: return .refused(status: response.status)
        default: return .serverFailed(status: response.status, retryAfter: wait)
        }
    }

    private func httpRequest(_ request: SCIMRequest) -> HTTPRequest {
        var headers = [
            (name: "Accept", value: "application/scim+json, application/json"),
            (name: "Authorization", value: "Bearer \(target.token.secret)"),
            (name: "User-Agent", value: userAgent),
        ]
        if request.body != nil { headers.append((name: "Content-Type", value: "application/scim+json")) }
        return HTTPRequest(
            method: request.method,
            url: target.baseURL + request.path,
            headers: headers,
            body: request.body,
            deadlines: deadlines,
            // A PATCH may be answered with the whole group: an answer that is too large leaves its outcome unknown.
            maximumResponseBytes: 16 * 1024 * 1024,
            freshConnection: !request.isIdempotent
        )
    }
}
