import Foundation
import Hummingbird
import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// The directory as a service: `DirectoryCore` behind HTTP/1.1 on loopback, with the real clock.
public final class SandboxDirectory: Service, Serving {
    /// The address listened on.
    public let host: String
    private let wantedPort: Int
    private let core: Mutex<DirectoryCore>
    private let listening = Promise()

    /// A directory that listens once `run()` is called. Port 0 lets the system choose.
    public init(settings: DirectoryCore.Settings = .init(), host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        wantedPort = port
        core = Mutex(DirectoryCore(settings: settings))
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: what the listener throws, for example if the port is taken.
    public func run() async throws {
        defer { listening.fail(SandboxNotListening()) }
        // No router: it would join `//`, and the raw target is what the directory must see.
        let responder = CallbackResponder<SandboxContext> { [self] request, context in
            try await respond(to: request, context: context)
        }
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname(host, port: wantedPort), serverName: nil),
            onServerRunning: { [listening] channel in
                listening.succeed(channel.localAddress?.port ?? 0)
            },
            logger: Logger(label: "sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await application.run()
    }

    /// The port, once it listens.
    ///
    /// - Throws: `SandboxNotListening` if the service ended before it listened.
    public var port: Int {
        get async throws { try await listening.value() }
    }

    /// The base URL as AWS's console shows it, with a slash at its end: `http://127.0.0.1:1234/tenant/scim/v2/`.
    ///
    /// - Throws: `SandboxNotListening` if the service ended before it listened.
    public var baseURL: String {
        get async throws { "http://\(host):\(try await port)/\(inspect { $0.settings.tenant })/scim/v2/" }
    }

    /// Reads or changes the directory between two requests, for example to seed it, to set faults, or to see what was
    /// really changed.
    public func inspect<Value: Sendable, Failure: Error>(
        _ body: (inout DirectoryCore) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result = core.withLock { core -> Result<Value, Failure> in
            do throws(Failure) { return .success(try body(&core)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Who is really a member of what: group names, and users by externalId, or by the directory's id without one.
    public func membership() -> [String: Set<String>] { inspect { $0.membership() } }

    /// Puts users and groups in, past throttles and counters.
    ///
    /// - Throws: `SeedError` at the first item that does not fit.
    public func seed(users: [SeedUser], groups: [SeedGroup] = []) throws(SeedError) {
        try inspect { (core: inout DirectoryCore) throws(SeedError) in
            try core.seed(users: users, groups: groups, now: Self.now)
        }
    }

    /// Runs the directory while the body runs, and returns when it has ended. The body gets the base URL.
    public func whileServing<Value: Sendable>(
        _ body: sending @escaping (String) async throws -> Value
    ) async throws -> Value {
        try await serving(body)
    }

    private func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let body = try await request.body.collect(upTo: 4 << 20)
        let raw = DirectoryRequest(
            method: request.method.rawValue,
            target: request.uri.description,
            headers: request.headers.map { ($0.name.rawName, $0.value) },
            body: Array(body.readableBytesView)
        )
        switch core.withLock({ $0.receive(raw, now: Self.now) }) {
        case .answer(let response):
            return Response(response)
        case .answerLate(let response, let milliseconds):
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(milliseconds)) }
            return Response(response)
        case .hang:
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(86_400)) }
            throw CancellationError()
        case .reset:
            try await context.channel.reset()
            throw CancellationError()
        }
    }

    /// The real clock in nanoseconds since 1970 UTC.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }
}

/// The directory ended, or could not begin, before it listened.
public struct SandboxNotListening: Error, Hashable {}

/// A request's context that knows its connection, so that it can be reset.
private struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
