import Foundation
import Projector
import SQLiteStore

/// A ledger that can be changed: by asking the running service, or directly where none runs.
enum LedgerAccess {
    case running(ControlClient)
    case stopped(OpenLedger)

    /// Opens it, works, and closes it.
    static func with<Value>(
        _ settings: Settings,
        _ work: (LedgerAccess) async throws -> Value
    ) async throws -> Value {
        let ledger: OpenLedger
        do {
            ledger = try await OpenLedger(settings, mode: .existing, listening: false)
        } catch let error as OpenError {
            guard case .locked = error else { throw error }
            return try await withService(settings, work)
        }
        let following = Task { try await ledger.follower.run() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await work(.stopped(ledger)))
        } catch {
            result = .failure(error)
        }
        ledger.follower.stop()
        try? await following.value
        await ledger.close()
        return try result.get()
    }

    private static func withService<Value>(
        _ settings: Settings,
        _ work: (LedgerAccess) async throws -> Value
    ) async throws -> Value {
        // The service made the socket beside the file that all links lead to.
        let client = try ControlClient(database: try Store.openReadOnly(settings.database).path)
        do {
            let value = try await work(.running(client))
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// Writes an action down, and waits until it is folded.
    func act(_ body: OperatorBody) async throws {
        switch self {
        case .running(let client): try await client.act(body)
        case .stopped(let ledger): _ = try await Operations(ledger: ledger).act(body)
        }
    }
}

extension OperatorBody {
    /// An action of the person who typed a command.
    init(
        _ action: Action,
        _ options: OperatorOptions,
        group: String? = nil
    ) {
        self.init(
            action: action,
            operatorName: options.operatorName,
            uid: Int(getuid()),
            reason: options.reason,
            group: group
        )
    }
}
