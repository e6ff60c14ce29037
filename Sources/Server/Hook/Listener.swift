import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// What one HTTP listener of ours answers.
protocol ListenerResponder: Sendable {
    /// Answers one request.
    /// - Parameters:
    ///   - request: its head, and its body still to be read.
    ///   - logger: carries the id of the request.
    /// - Returns: the answer.
    /// - Throws: an ``HTTPProblem`` to answer with; anything else is a fault of ours and becomes a 500.
    func respond(to request: Request, logger: Logger) async throws -> Response
}

/// Makes an HTTP/1.1 server that runs as a service.
/// - Parameters:
///   - responder: what it answers.
///   - endpoint: where it listens.
///   - limits: what a peer may use.
///   - logger: for the server and its requests.
///   - onListening: called with the bound port once connections are accepted.
/// - Returns: a service that ends, by a graceful shutdown or by being cancelled, after the requests that it has begun.
func makeListener(
    _ responder: some ListenerResponder,
    endpoint: Settings.Endpoint,
    limits: ListenerLimits,
    logger: Logger,
    onListening: @escaping @Sendable (Int) async -> Void
) -> some Service {
    let application = Application(
        responder: CallbackResponder<BasicRequestContext> { request, context in
            await answer(request, with: responder, logger: context.logger)
        },
        server: .http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionDeadlines(limits: limits)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.maximumHeaderBytes,
                    maxHeaderListSize: limits.maximumHeaderBytes,
                    maxHeaderFieldCount: limits.maximumHeaderCount
                )
            )
        ),
        configuration: .init(
            address: .hostname(endpoint.host, port: endpoint.port),
            availableConnectionsDelegate: MaximumAvailableConnections(limits.maximumConnections, logger: logger)
        ),
        onServerRunning: { channel in
            await onListening(channel.localAddress?.port ?? endpoint.port)
        },
        logger: logger
    )
    return Listener(application: application, logger: logger)
}

/// Runs a server so that being cancelled is a graceful shutdown as well.
///
/// To cancel the task of a NIO server ends the whole process with a trap if a connection has been accepted and not yet
/// been taken up (https://github.com/apple/swift-nio/issues/2637). A service group cancels its services when one fails,
/// so without this a failed disk would show as a crash and not as the exit status that tells of it.
private struct Listener: Service {
    let application: any Service
    let logger: Logger

    func run() async throws {
        let group = ServiceGroup(services: [application], logger: logger)
        // Not a child task, which would be cancelled with this one.
        let running = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await running.value
            } onGracefulShutdown: {
                Task { await group.triggerGracefulShutdown() }
            }
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }
}

/// The outermost step: whatever is thrown becomes a problem, since the server would send an empty 500 and log nothing.
private func answer(_ request: Request, with responder: some ListenerResponder, logger: Logger) async -> Response {
    do {
        return try await responder.respond(to: request, logger: logger)
    } catch let problem as HTTPProblem {
        return problem.response()
    } catch {
        // Only the type: the error's text could hold what the peer sent.
        logger.error("Request failed unexpectedly", metadata: ["error.type": "\(type(of: error))"])
        return HTTPProblem(status: .internalServerError, detail: "The service failed; its log has more.").response()
    }
}
