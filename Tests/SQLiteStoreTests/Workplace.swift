import Foundation
import GRDB
import Ledger
import SQLiteStore
import Synchronization
import Testing

/// A folder of its own for one test, removed afterwards.
final class Workplace: Sendable {
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var database: String { folder + "/ledger.db" }

    func open(
        _ mode: Store.Mode = .create,
        limits: AppendLimits = AppendLimits(),
        clock: @escaping @Sendable () -> Int64 = SystemSource.microseconds
    ) throws -> Store {
        try Store.open(database, mode: mode, limits: limits, clock: clock)
    }

    /// What the plain shell prints on its two outputs, and its status.
    func shell(_ sql: String) throws -> (status: Int32, text: String) {
        try run("/usr/bin/sqlite3", ["-batch", database, sql])
    }
}

func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
}

extension NewEntry {
    static func delivery(_ key: String?, _ body: String) -> NewEntry {
        NewEntry(
            kind: .oktaDelivery,
            key: key.map { EntryKey($0) },
            body: Array(body.utf8),
            onCollision: .duplicateIfSameBytesElseNumber
        )
    }
}

/// Everything that a log must be at any time.
func expectWholeLog(_ store: Store, entries: Int64, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let report = try Verifier.verify(store)
    #expect(report.findings == [], sourceLocation: sourceLocation)
    #expect(report.entries == entries, sourceLocation: sourceLocation)
    #expect(try store.structuralProblems() == [], sourceLocation: sourceLocation)
}
