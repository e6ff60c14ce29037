import Foundation
import GRDB

/// A ledger in a folder of its own, with the real program: `ledger serve` as a process, and the other commands.
final class TestLedger: Sendable {
    static let secret = "acceptance-hook-secret"
    static let scimToken = "sandbox-token"

    let folder: String
    let database: String
    let environment: [String: String]

    /// A ledger that does not exist yet.
    /// - Parameters:
    ///   - directory: the directory's base URL.
    ///   - dialect: how it removes members.
    ///   - token: what it takes for us.
    ///   - settings: variables that are added or take the place of others.
    /// - Throws: why there is no folder.
    init(
        directory: String = "http://127.0.0.1:9/scim/v2/",
        dialect: String = "aws",
        token: String = TestLedger.scimToken,
        _ settings: [String: String] = [:]
    ) throws {
        folder = NSTemporaryDirectory() + "ledger-" + UUID().uuidString.prefix(8)
        database = folder + "/ledger.db"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let all = [
            "LEDGER_DATABASE": database, "LEDGER_OKTA_SECRET": Self.secret, "LEDGER_SCIM_URL": directory,
            "LEDGER_SCIM_TOKEN": token, "LEDGER_SCIM_DIALECT": dialect,
            // Unhurried: these have tests of their own.
            "LEDGER_SCIM_READS_PER_SECOND": "0", "LEDGER_SCIM_WRITES_PER_SECOND": "0", "LEDGER_HOOK_HOST": "127.0.0.1",
            "LEDGER_HOOK_PORT": "0", "LEDGER_OPS_HOST": "127.0.0.1", "LEDGER_OPS_PORT": "0", "PATH": "/usr/bin:/bin",
            // Histories here do what no company does within an hour; the brake has tests of its own.
            "LEDGER_BRAKE_REMOVALS": "0", "LEDGER_BRAKE_SHARE": "0", "LEDGER_BRAKE_ADDITIONS": "0",
        ]
        environment = all.merging(settings) { $1 }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The program that was built with these tests.
    static var program: String {
        get throws {
            let beside = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
            let candidates = [beside.appending(path: "ledger"), root.appending(path: ".build/debug/ledger")]
            for candidate in candidates where FileManager.default.isExecutableFile(atPath: candidate.path) {
                return candidate.path
            }
            throw Failure("the program ledger is not built: swift build")
        }
    }

    /// Starts `ledger serve` and waits until it listens.
    func serve(_ settings: [String: String] = [:]) throws -> RunningService {
        let service = try start(["serve"], settings)
        do {
            let ports = try service.listening()
            return RunningService(process: service, hookPort: ports.hook, opsPort: ports.ops)
        } catch {
            service.send(SIGKILL)
            _ = try? service.wait()
            throw error
        }
    }

    /// Starts a command.
    func start(
        _ arguments: [String],
        _ settings: [String: String] = [:],
        under tracer: [String] = [],
        blocked: [Int32] = []
    ) throws -> ChildProcess {
        try ChildProcess(
            tracer + [try Self.program] + arguments,
            environment: environment.merging(settings) { $1 },
            folder: folder,
            blocked: blocked
        )
    }

    /// What a command printed and how it ended.
    struct Ran {
        let code: Int32
        let output: String
        let errors: String

        func json() throws -> [String: Any] {
            guard let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] else {
                throw Failure("no JSON object: \(output) \(errors)")
            }
            return object
        }
    }

    /// Runs a command to its end.
    func run(_ arguments: [String], settings: [String: String] = [:]) throws -> Ran {
        let process = try start(arguments, settings)
        let code = try process.wait()
        return Ran(code: code, output: process.output, errors: process.errors)
    }

    func run(_ arguments: String..., settings: [String: String] = [:]) throws -> Ran {
        try run(arguments, settings: settings)
    }

    /// Waits until `ledger status --json` shows that all is folded and nothing is pending.
    @discardableResult
    func settled(seconds: Double = 90) throws -> [String: Any] {
        // Asking the tables is cheap, all in one view of them; the command has the last word.
        let left = """
            SELECT (SELECT count(*) FROM pending) + (SELECT count(*) FROM attempt WHERE ended_at IS NULL)
                + (SELECT count(*) FROM delivery WHERE events IS NULL)
            """
        try waitUntil("nothing pending; \((try? pending()) ?? [])", seconds: seconds) { try count(left) == 0 }
        let ran = try run("status", "--json")
        let summary = try ran.json()["ledger"] as? [String: Any] ?? [:]
        guard ran.code == 0, summary["pending"] as? Int == 0 else { throw Failure("pending: \(ran)") }
        return summary
    }

    private func pending() throws -> [String] {
        try rows("SELECT group_name, user_login, desired, applied, reason FROM pending LIMIT 5").map { "\($0)" }
    }

    // MARK: SQL, as an auditor reads it

    /// Rows of a query, on a read-only connection of its own.
    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: database, configuration: configuration).read { db in
            try Row.fetchAll(db, sql: sql, arguments: arguments)
        }
    }

    /// The one number that a query gives.
    func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try rows(sql, arguments).first?[0] ?? -1
    }

    /// The bodies of all deliveries in the log, in order.
    func deliveries() throws -> [[UInt8]] {
        try rows(
            "SELECT b.bytes FROM entry e JOIN body b USING (position) WHERE e.kind = 'okta.delivery' ORDER BY position"
        ).map { Array($0["bytes"] as Data? ?? Data()) }
    }
}

/// A service that listens.
final class RunningService: Sendable {
    let process: ChildProcess
    let hookPort: Int
    let opsPort: Int

    init(process: ChildProcess, hookPort: Int, opsPort: Int) {
        self.process = process
        self.hookPort = hookPort
        self.opsPort = opsPort
    }

    /// Ends it at once, as a power cut would.
    func kill() throws {
        process.send(SIGKILL)
        try process.wait()
    }

    /// Ends it as a supervisor does.
    /// - Returns: its exit code.
    @discardableResult
    func stop() throws -> Int32 {
        process.send(SIGTERM)
        return try process.wait(seconds: 30)
    }

    /// A connection of Okta's.
    func hook() -> HookConnection { HookConnection(port: hookPort) }
}

/// Posts deliveries as Okta does, on one kept connection.
final class HookConnection {
    private let wire: WireConnection

    init(port: Int) { wire = WireConnection(port: port) }

    /// Posts a body and returns the status of the answer.
    @discardableResult
    func post(_ body: [UInt8], secret: String = TestLedger.secret) throws -> Int {
        try wire.send(
            "POST",
            "/okta/events",
            headers: ["Authorization: \(secret)", "Content-Type: application/json"],
            body: body
        ).status
    }

    /// Posts a body that must be answered 200.
    func deliver(_ body: [UInt8]) throws {
        let status = try post(body)
        guard status == 200 else { throw Failure("a delivery was answered \(status)") }
    }
}

extension ChildProcess {
    /// Waits until the service says where it listens.
    func listening(seconds: Double = 30) throws -> (hook: Int, ops: Int) {
        var ports: (Int, Int)?
        try waitUntil("the service listens: \(output) \(errors)", seconds: seconds) {
            let lines = (errors + output).split(separator: "\n")
            guard let line = lines.first(where: { $0.hasSuffix("listening") && $0.contains("hook=") }),
                let hook = line.firstMatch(of: /hook=(\d+)/), let ops = line.firstMatch(of: /ops=(\d+)/)
            else {
                if hasEnded { throw Failure("ended before it listened: \(errors)") }
                return false
            }
            ports = (Int(hook.1) ?? 0, Int(ops.1) ?? 0)
            return true
        }
        guard let ports else { throw Failure("no ports") }
        return ports
    }
}
