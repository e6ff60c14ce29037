import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

/// The internal listener for probes. It shows no personal data.
struct OpsListener: Sendable {
    private static let readyPath = "/readyz"

    private let isHealthy: @Sendable () -> Bool
    private let readiness: @Sendable () async -> Readiness

    /// A listener over the state of the service.
    /// - Parameters:
    ///   - isHealthy: whether the log still acknowledges; answers `/healthz`.
    ///   - readiness: the state of the parts now; answers `/readyz`.
    init(isHealthy: @escaping @Sendable () -> Bool, readiness: @escaping @Sendable () async -> Readiness) {
        self.isHealthy = isHealthy
        self.readiness = readiness
    }

    /// The listener as a service.
    /// - Parameters:
    ///   - endpoint: where it listens.
    ///   - limits: what a peer may use.
    ///   - logger: for its requests.
    ///   - onListening: called with the bound port once connections are accepted.
    /// - Returns: the service.
    func service(
        at endpoint: Settings.Endpoint,
        limits: ListenerLimits = ListenerLimits(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some Service {
        makeListener(self, endpoint: endpoint, limits: limits, logger: logger, onListening: onListening)
    }
}

extension OpsListener: ListenerResponder {
    func respond(to request: Request, logger: Logger) async throws -> Response {
        switch (request.uri.path, request.method) {
        case (HealthAnswer.path, .get): return try HealthAnswer.response(isHealthy: isHealthy())
        case (Self.readyPath, .get): return try await ready()
        case (HealthAnswer.path, _), (Self.readyPath, _): throw HTTPProblem.methodNotAllowed(allow: "GET")
        default: throw HTTPProblem.notFound
        }
    }

    private func ready() async throws -> Response {
        let reasons = await readiness().reasons
        guard reasons.isEmpty else {
            throw HTTPProblem(status: .serviceUnavailable, detail: "The service is not ready.", reasons: reasons)
        }
        return HealthAnswer.ok
    }
}
