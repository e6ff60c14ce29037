import Hummingbird
import Logging
public import ServiceLifecycle
import Synchronization

/// Okta's API as a service: `OktaCore` behind HTTP/1.1 on loopback, with the real clock.
public final class SandboxOkta: Service, Serving {
    private let core: Mutex<OktaCore>
    private let listening = Promise()

    /// An org that listens on a free port once `run()` is called.
    public init(_ org: OrgCore = .init(), settings: OktaSettings = .init()) {
        core = Mutex(OktaCore(org, settings: settings))
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: what the listener throws.
    public func run() async throws {
        defer { listening.fail(SandboxNotListening()) }
        let responder = CallbackResponder<BasicRequestContext> { [self] request, _ in
            let raw = DirectoryRequest(
                method: request.method.rawValue,
                target: request.uri.description,
                headers: request.headers.map { ($0.name.rawName, $0.value) } + [
                    ("host", request.head.authority ?? "")
                ],
                body: []
            )
            return Response(core.withLock { $0.receive(raw, now: SandboxDirectory.now) })
        }
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { [listening] channel in listening.succeed(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await application.run()
    }

    /// The org's URL, once it listens.
    ///
    /// - Throws: `SandboxNotListening` if the service ended before it listened.
    public var baseURL: String {
        get async throws { "http://127.0.0.1:\(try await listening.value())" }
    }

    /// Reads or changes the System Log between two requests.
    public func inspect<Value: Sendable>(_ body: (inout SystemLogCore) -> Value) -> Value {
        core.withLock { body(&$0.log) }
    }

    /// Reads or changes the org and its whole API between two requests.
    public func change<Value: Sendable>(_ body: (inout OktaCore) -> Value) -> Value {
        core.withLock { body(&$0) }
    }

    /// Runs the org while the body runs, and returns when it has ended. The body gets the org's URL.
    public func whileServing<Value: Sendable>(
        _ body: sending @escaping (String) async throws -> Value
    ) async throws -> Value {
        try await serving(body)
    }
}
