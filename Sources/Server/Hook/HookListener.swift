import HTTPTypes
import Hummingbird
import Ledger
import Logging
import NIOCore
import Okta
import ServiceLifecycle

/// The listener that Okta delivers to, and that may face the internet.
struct HookListener: Sendable {
    /// Okta's path.
    static let path = "/okta/events"

    private let authentication: HookAuthentication
    private let sink: any DeliverySink
    private let counters: HookCounters
    private let limits: ListenerLimits
    private let reader: BodyReader
    private let secretHeader: HTTPField.Name
    private let isHealthy: @Sendable () -> Bool

    /// A listener for one org's deliveries.
    /// - Parameters:
    ///   - authentication: who may deliver.
    ///   - sink: where deliveries go.
    ///   - counters: what to count in.
    ///   - limits: what a peer may use.
    ///   - isHealthy: whether the log still acknowledges; answers `/healthz`.
    init(
        authentication: HookAuthentication,
        sink: any DeliverySink,
        counters: HookCounters,
        limits: ListenerLimits = ListenerLimits(),
        isHealthy: @escaping @Sendable () -> Bool
    ) {
        self.authentication = authentication
        self.sink = sink
        self.counters = counters
        self.limits = limits
        self.isHealthy = isHealthy
        // The name was checked where the authentication was made; the fallback is its documented default.
        secretHeader = HTTPField.Name(authentication.headerName) ?? .authorization
        reader = BodyReader(
            maximumBytes: limits.maximumBodyBytes,
            budget: ByteBudget(maximum: limits.maximumBytesInFlight)
        )
    }

    /// The listener as a service.
    /// - Parameters:
    ///   - endpoint: where it listens.
    ///   - logger: for its requests.
    ///   - onListening: called with the bound port once connections are accepted.
    /// - Returns: a service that finishes the requests it has begun before it ends.
    func service(
        at endpoint: Settings.Endpoint,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some Service {
        makeListener(self, endpoint: endpoint, limits: limits, logger: logger, onListening: onListening)
    }
}

extension HookListener: ListenerResponder {
    func respond(to request: Request, logger: Logger) async throws -> Response {
        switch (request.uri.path, request.method) {
        case (Self.path, .post): return try await receive(request, logger: logger)
        case (Self.path, .get): return try verify(request, logger: logger)
        case (Self.path, _): throw HTTPProblem.methodNotAllowed(allow: "GET, POST")
        case (HealthAnswer.path, .get): return try HealthAnswer.response(isHealthy: isHealthy())
        case (HealthAnswer.path, _): throw HTTPProblem.methodNotAllowed(allow: "GET")
        default: throw HTTPProblem.notFound
        }
    }

    /// Okta's one-time check that the URL is ours.
    private func verify(_ request: Request, logger: Logger) throws -> Response {
        try authenticate(request, logger: logger)
        let challenge = request.headers.single(HTTPField.Name(Verification.headerName))
        guard let body = Verification.response(to: challenge) else {
            throw HTTPProblem(status: .badRequest, detail: "The header \(Verification.headerName) is missing or unfit.")
        }
        counters.increment(\.verifications)
        logger.info("Hook verified")
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    /// Stores first and answers then. Only a wrong secret and too large a body get a 4xx, which Okta never sends again.
    private func receive(_ request: Request, logger: Logger) async throws -> Response {
        try authenticate(request, logger: logger)
        do {
            return try await reader.withBody(of: request) { body in try await store(body, logger: logger) }
        } catch let fault as BodyFault {
            throw problem(of: fault, logger: logger)
        }
    }

    private func store(_ body: [UInt8], logger: Logger) async throws -> Response {
        let eventID = Delivery.eventID(in: body)
        do {
            // Nobody cancels this task: the server does not when a peer hangs up, and the listener keeps a shutdown away.
            switch try await sink.accept(body, eventID: eventID) {
            case .stored(let position, _):
                counters.increment(\.accepted)
                logger.debug("Delivery stored", metadata: ["position": "\(position)", "bytes": "\(body.count)"])
            case .duplicate(let position):
                counters.increment(\.duplicates)
                logger.debug("Delivery was stored before", metadata: ["position": "\(position)"])
            }
        } catch {
            throw problem(of: error, logger: logger)
        }
        return Response(status: .ok)
    }
}

extension HookListener {
    private func authenticate(_ request: Request, logger: Logger) throws(HTTPProblem) {
        let header = request.headers.single(secretHeader)
        let apiKey = request.headers.single(HTTPField.Name("x-api-key"))
        if authentication.admits(header: header, apiKey: apiKey) { return }
        let total = counters.increment(\.unauthorized)
        // Seldomer as they grow in number, or a scanner would fill the log: the 1st, 2nd, 4th, 8th, …
        if total & (total - 1) == 0 {
            logger.warning(
                "Request refused: the secret is missing or wrong",
                metadata: ["unauthorized.total": "\(total)", "header": "\(secretHeader)"]
            )
        }
        // RFC 9110 section 15.5.2 asks for the challenge; Okta's scheme has no registered name.
        throw HTTPProblem(
            status: .unauthorized,
            detail: "The secret is missing or wrong.",
            headers: [.wwwAuthenticate: "Okta-Event-Hook"]
        )
    }

    private func problem(of fault: BodyFault, logger: Logger) -> HTTPProblem {
        switch fault {
        case .tooLarge(let declared):
            counters.increment(\.tooLarge)
            logger.error(
                "Delivery lost: its body is too large, and Okta will not send it again",
                metadata: [
                    "bytes.maximum": "\(limits.maximumBodyBytes)",
                    "bytes.declared": "\(declared.map(String.init) ?? "none")",
                ]
            )
            return HTTPProblem(
                status: .contentTooLarge,
                detail: "A delivery may have \(limits.maximumBodyBytes) bytes at most."
            )
        case .noRoom:
            counters.increment(\.overloaded)
            logger.warning("Delivery refused: too many bytes in flight")
            return .unavailable("Too much is being received: try again in a moment.", retryAfter: 1)
        case .tooSlow:
            counters.increment(\.incomplete)
            logger.warning("Delivery refused: its body did not arrive in time")
            // 503, not 408: Okta sends again after a 5xx, never after a 4xx.
            return .unavailable("The body did not arrive in time.", retryAfter: 1)
        case .incomplete:
            counters.increment(\.incomplete)
            logger.warning("Delivery refused: its body did not arrive whole")
            return HTTPProblem(status: .badRequest, detail: "The body did not arrive whole.")
        }
    }

    private func problem(of error: AppendError, logger: Logger) -> HTTPProblem {
        let metadata: Logger.Metadata = ["reason": "\(error)"]
        switch error {
        case .full:
            counters.increment(\.diskFull)
            logger.error("Delivery refused", metadata: metadata)
            return .unavailable("Storage is full.", retryAfter: 5)
        case .overloaded:
            counters.increment(\.overloaded)
            logger.warning("Delivery refused", metadata: metadata)
            return .unavailable("Storage is busy: try again in a moment.", retryAfter: 1)
        case .broken, .closed:
            counters.increment(\.unavailable)
            logger.critical("Delivery refused", metadata: metadata)
            return .unavailable("Storage is not available.", retryAfter: 5)
        }
    }
}

extension HTTPFields {
    /// The value of a header that is given exactly once, else `nil`.
    fileprivate func single(_ name: HTTPField.Name?) -> String? {
        guard let name else { return nil }
        let values = self[values: name]
        return values.count == 1 ? values[0] : nil
    }
}
