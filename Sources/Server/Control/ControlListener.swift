import Dispatcher
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OktaClient
import Projector
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#endif

/// The listener on which commands reach the running service. Only the owner of the database, or root, can connect.
struct ControlListener: Sendable {
    /// What the service tells of itself.
    struct Live: Codable, Sendable {
        let version: String
        let pid: Int32
        let uptimeSeconds: Int
        let foldLag: Int64
        let hook: [String: Int]
        let pushing: Bool
        let backfill: String?
        /// What the present or the last backfill has fetched so far.
        let fetched: CursorBody.Counts?
    }

    private static let maximumBodyBytes = 1 << 20

    let operations: Operations
    let reconciler: Reconciler?
    let backfiller: Backfiller?
    let baseliner: Baseliner?
    let live: @Sendable () async -> Live

    /// The listener as a service.
    /// - Throws: `ControlError` where the folder or the socket cannot be made private.
    func service(at path: ControlPath, logger: Logger) throws -> some Service {
        try Self.prepare(path)
        let router = Router(context: ControlContext.self)
        // First: it wraps only the routes that come after it.
        router.add(middleware: ControlErrors())
        router.get("/status") { _, _ in try Self.answer(await live()) }
        router.post("/action") { request, context in
            let body = try await Self.decode(OperatorBody.self, from: request)
            do {
                let position = try await operations.act(body.asked(by: try await context.peerUID()))
                return try Self.answer(["position": position])
            } catch let error as NotHeld {
                throw HTTPProblem(status: .conflict, detail: error.description)
            }
        }
        router.post("/replay") { request, context in
            let body = try await Self.decode(Operations.Replay.self, from: request)
            do {
                return try Self.answer(try await operations.replay(body, uid: try await context.peerUID()))
            } catch let error as PlanChanged {
                throw HTTPProblem(status: .conflict, detail: error.description)
            }
        }
        router.post("/reconcile") { request, context in
            let body = try await Self.decode(Operations.Reconcile.self, from: request)
            guard let reconciler else { throw HTTPProblem(status: .conflict, detail: NoDirectory().description) }
            let uid = try await context.peerUID()
            // Reading all members may take long, and must not keep the service from ending.
            let found = try await cancelWhenGracefulShutdown {
                try await operations.reconcile(body, by: reconciler, uid: uid)
            }
            return try Self.answer(found)
        }
        router.post("/backfill") { request, _ in
            let body = try await Self.decode(Operations.Backfill.self, from: request)
            guard let backfiller else { throw HTTPProblem(status: .conflict, detail: NoOktaAPI().description) }
            do {
                return try Self.answer(try await backfiller.run(since: body.since))
            } catch let error as OktaError {
                throw HTTPProblem(status: .badGateway, detail: error.description)
            }
        }
        router.post("/baseline") { request, _ in
            let body = try await Self.decode(Operations.Baseline.self, from: request)
            guard let baseliner else { throw HTTPProblem(status: .conflict, detail: NoOktaAPI().description) }
            do {
                // Reading all groups may take long, and must not keep the service from ending.
                let report = try await cancelWhenGracefulShutdown {
                    try await operations.baseline(body, by: baseliner, isPushing: reconciler != nil)
                }
                return try Self.answer(report)
            } catch let error as OktaError {
                throw HTTPProblem(status: .badGateway, detail: error.description)
            } catch let error as UnknownGroup {
                throw HTTPProblem(status: .conflict, detail: error.description)
            } catch let error as NoGroups {
                throw HTTPProblem(status: .badGateway, detail: error.description)
            }
        }
        return Application(
            router: router,
            configuration: .init(address: .unixDomainSocket(path: path.socket)),
            onServerRunning: { _ in chmod(path.socket, 0o600) },
            logger: logger
        )
    }

    /// The lock of the database is ours, so a socket that is there was left by a process that is gone.
    private static func prepare(_ path: ControlPath) throws(ControlError) {
        guard path.fits else { throw .pathTooLong(path.socket) }
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: path.folder, withIntermediateDirectories: true)
            try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path.folder)
            if manager.fileExists(atPath: path.socket) { try manager.removeItem(atPath: path.socket) }
        } catch {
            throw .unusableFolder(path.folder)
        }
    }

    private static func answer(_ value: some Encodable) throws -> Response {
        let body = ByteBuffer(bytes: try JSONEncoder().encode(value))
        return Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    }

    private static func decode<Body: Decodable>(_ type: Body.Type, from request: Request) async throws -> Body {
        let buffer = try await request.body.collect(upTo: maximumBodyBytes)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch {
            throw HTTPProblem(status: .badRequest, detail: "The request is not what this version of the service takes.")
        }
    }
}

/// Why commands cannot reach the service.
enum ControlError: Error, CustomStringConvertible {
    case pathTooLong(String)
    case unusableFolder(String)
    case unknownPeer

    var description: String {
        switch self {
        case .pathTooLong(let path):
            "The path of the control socket is too long (\(ControlPath.maximumBytes) bytes at most): \(path). "
                + "Put the database into a folder with a shorter path."
        case .unusableFolder(let path):
            "The folder of the control socket cannot be made: \(path). Give the service a folder that it may write."
        case .unknownPeer:
            "The system does not tell who asks; nothing was done."
        }
    }
}

/// Knows who is at the other end of the socket.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// `struct ucred` of socket(7), which Glibc's module leaves out.
    private struct Credentials: Sendable {
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
    }

    /// The user id that the kernel tells of the peer (unix(7), SO_PEERCRED).
    func peerUID() async throws -> Int {
        guard let provider = channel as? any SocketOptionProvider else { throw ControlError.unknownPeer }
        let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        let credentials: Credentials = try await provider.unsafeGetSocketOption(level: .socket, name: option).get()
        return Int(credentials.uid)
    }
}

/// The outermost step: errors become problems.
private struct ControlErrors: RouterMiddleware {
    typealias Context = ControlContext

    @concurrent func handle(
        _ request: Request,
        context: ControlContext,
        next: @concurrent (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as HTTPProblem {
            return problem.response()
        } catch {
            context.logger.error("Request failed", metadata: ["error": "\(error)"])
            return HTTPProblem(status: .internalServerError, detail: "\(error)").response()
        }
    }
}

extension OperatorBody {
    /// The same action under the user id that the kernel vouches for.
    fileprivate func asked(by uid: Int) -> OperatorBody {
        OperatorBody(
            action: action,
            operatorName: operatorName,
            uid: uid,
            reason: reason,
            events: events,
            holds: holds,
            group: group,
            from: from,
            plan: plan
        )
    }
}
