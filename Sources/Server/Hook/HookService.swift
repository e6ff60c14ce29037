package import Logging
import Okta
package import ServiceLifecycle

/// The hook listener by itself, with the limits that the service has: what benchmarks put a load on.
/// - Parameters:
///   - secret: the whole value of the header `Authorization`.
///   - sink: where deliveries go.
///   - logger: for its requests.
///   - onListening: called with the bound port of the loopback address once connections are accepted.
/// - Returns: a service.
/// - Throws: `InvalidHookAuthentication`.
package func hookService(
    secret: String,
    sink: any DeliverySink,
    logger: Logger,
    onListening: @escaping @Sendable (Int) async -> Void
) throws -> some Service {
    let listener = HookListener(
        authentication: try HookAuthentication(secret: secret),
        sink: sink,
        counters: HookCounters(),
        isHealthy: { true }
    )
    return listener.service(at: Settings.Endpoint(host: "127.0.0.1", port: 0), logger: logger, onListening: onListening)
}
