import Foundation
import Ledger
import Projector
import SQLiteStore

/// A ledger that this process holds for writing: its log, its fold, and the thread that keeps them together.
struct OpenLedger: Sendable {
    let store: Store
    let projection: Projection
    let follower: Follower
    /// Position of the last entry that opening wrote: once it is folded, so is all that happened before.
    let opened: Int64

    /// Opens a ledger, and writes down that this process took it over and with which settings.
    /// - Parameters:
    ///   - settings: where it is, and what the fold depends on.
    ///   - mode: whether to create one.
    ///   - lock: the lock if it was waited for.
    ///   - listening: whether deliveries will be received.
    /// - Throws: `OpenError`, or `AppendError` where nothing can be written.
    init(_ settings: Settings, mode: Store.Mode, lock: WriterLock? = nil, listening: Bool) async throws {
        store = try Store.open(settings.database, mode: mode, lock: lock)
        do {
            projection = try Projection(store)
            follower = Follower(projection, of: store)
            let started = StartedBody(
                version: Version.text,
                schema: Store.schemaVersion,
                listening: listening
            )
            let start = try await Self.append(.ledgerStarted, started, to: store)
            // Settings are entries, so that the fold depends on the log alone; written only when one changes, and only by the
            // service: a command may run where its settings are not known.
            let configured = FoldSettings(settings)
            let isNews = try listening && projection.lastSettings() != configured
            opened = isNews ? try await Self.append(.ledgerConfigured, configured, to: store) : start
        } catch {
            store.close()
            throw error
        }
    }

    /// Writes down how the run went, and lets go of the ledger.
    func close(tallies: [String: Int] = [:]) async {
        // A full or broken disk must not keep the process from ending; the next start then closes the span.
        _ = try? await append(.ledgerStopped, StoppedBody(version: Version.text, tallies: tallies))
        // Nobody follows any more, and who looks at a stopped ledger must see that it does not listen.
        while let step = try? projection.follow(), step.folded > 0, !step.needsRebuild {}
        store.close()
    }

    /// Writes an entry of our own.
    /// - Returns: its position.
    @discardableResult
    func append(_ kind: Kind, _ body: some Encodable) async throws -> Int64 {
        try await Self.append(kind, body, to: store)
    }

    private static func append(_ kind: Kind, _ body: some Encodable, to store: Store) async throws -> Int64 {
        // Only what others refer to has a key.
        let key = kind == .operatorAction ? EntryKey(UUID().uuidString.lowercased()) : nil
        return try await store.append(NewEntry(kind: kind, key: key, body: try EntryJSON.encode(body))).position
    }
}

extension FoldSettings {
    /// The part of the settings that the fold depends on.
    init(_ settings: Settings) {
        self.init(
            prefix: settings.groupsPrefix,
            organization: settings.oktaOrg,
            directory: settings.directory?.url,
            confirm: settings.confirm
        )
    }
}
