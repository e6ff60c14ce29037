import HTTPTypes
import Hummingbird
import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// Okta's API as a service: `SystemLogCore` behind HTTP/1.1 on loopback, with the real clock.
public final class SandboxOkta: Service {
    private let core: Mutex<SystemLogCore>
    private let listening = Promise()

    /// An org that listens on a free port once `run()` is called.
    public init(settings: SystemLogCore.Settings = .init()) { core = Mutex(SystemLogCore(settings: settings)) }

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
            return Self.response(core.withLock { $0.receive(raw, now: SandboxDirectory.now) })
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

    /// Reads or changes the org between two requests.
    public func inspect<Value: Sendable>(_ body: (inout SystemLogCore) -> Value) -> Value {
        core.withLock { body(&$0) }
    }

    /// Runs the org while the body runs, and returns when it has ended. The body gets the org's URL.
    public func whileServing<Value: Sendable>(
        _ body: sending @escaping (String) async throws -> Value
    ) async throws -> Value {
        let serving = Task { try await run() }
        let result: Result<Value, any Error>
        do { result = .success(try await body(try await baseURL)) } catch { result = .failure(error) }
        serving.cancel()
        _ = await serving.result
        return try result.get()
    }

    private static func response(_ response: DirectoryResponse) -> Response {
        var headers = HTTPFields()
        for header in response.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            headers.append(HTTPField(name: name, value: header.value))
        }
        return Response(
            status: .init(code: response.status),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: response.body))
        )
    }
}
