import ArgumentParser
import Foundation
import GRDB
import Projector
import SQLiteStore

/// A rebuild of the projection from raw bodies, against the `sqlite3` shell that makes the same rows in SQL.
struct RebuildBench {
    let events: Int
    let folder: String

    struct Outcome {
        let contents: History.Contents
        let rebuildSeconds: Double
        let peakMegabytes: Double
        let sqlSeconds: Double
        let syncMilliseconds: Double

        var ratio: Double { sqlSeconds / rebuildSeconds }
    }

    func run() async throws -> Outcome {
        let ledger = folder + "/history.db"
        let contents = try await History.write(to: ledger, events: events)
        let sync = try Machine.syncMilliseconds(in: folder)
        let child = try ChildProcess(["rebuild", "--database", ledger])
        let report = try child.line().split(separator: " ").map(String.init)
        try child.end()
        guard report.count == 3, let seconds = Double(report[0]), let peak = Double(report[1]) else {
            throw BenchError("the rebuild says \(report)")
        }
        let sql = try SQLFold(ledger: ledger, folder: folder)
        let sqlSeconds = try sql.run()
        guard try sql.digest() == report[2] else {
            throw BenchError("SQL and the projector do not agree; the files are in \(folder)")
        }
        return Outcome(
            contents: contents,
            rebuildSeconds: seconds,
            peakMegabytes: peak,
            sqlSeconds: sqlSeconds,
            syncMilliseconds: sync
        )
    }
}

/// The part that rebuilds and does nothing else, so that its memory can be told.
struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rebuild", shouldDisplay: false)

    @Option var database: String

    /// Prints the seconds, the peak of its memory in MB, and the digest of the rows.
    func run() throws {
        let store = try Store.open(database, mode: .existing)
        let projection = try Projection(store)
        let start = Machine.nanoseconds()
        try projection.rebuild()
        let seconds = Double(Machine.nanoseconds() - start) / 1e9
        let peak = try Machine.peakMemory()
        Output.line("\(seconds) \(peak) \(Hex.text(try projection.digest().digest))")
        store.close()
    }
}

/// `fold.sql`, run by the shell into a file of its own, without a journal and without fsync: all in its favour.
private struct SQLFold {
    private let ledger: String
    private let output: String
    private let generation: Int
    private let tables: [String]
    private let indexes: [String]

    /// Takes the definitions of the tables from the rebuilt ledger, so that the columns are exactly the same.
    init(ledger: String, folder: String) throws {
        self.ledger = ledger
        output = folder + "/sql.db"
        let queue = try DatabaseQueue(path: ledger)
        (generation, tables, indexes) = try queue.read { db in
            let generation = try Int.fetchOne(db, sql: "SELECT generation FROM projection") ?? 0
            func definitions(_ type: String) throws -> [String] {
                try String.fetchAll(
                    db,
                    sql: "SELECT sql FROM sqlite_master WHERE type = ? AND name GLOB ? AND sql IS NOT NULL",
                    arguments: [type, "fold\(generation)_*"]
                )
            }
            return (generation, try definitions("table"), try definitions("index"))
        }
    }

    /// Runs it and gives the seconds it took.
    func run() throws -> Double {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "fold.sql")
        let fold = try String(contentsOf: source, encoding: .utf8).replacing("fold_", with: "fold\(generation)_")
        // The one index that the script needs itself is made by it.
        let later = indexes.filter { !$0.contains("fold\(generation)_event_uuid") }
        let script =
            """
            .bail on
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA locking_mode = EXCLUSIVE;
            PRAGMA cache_size = -262144;
            PRAGMA threads = 2;
            ATTACH '\(ledger)' AS ledger;
            PRAGMA ledger.cache_size = -65536;
            BEGIN;
            \(tables.joined(separator: ";\n"));
            \(fold)
            \(later.joined(separator: ";\n"));
            COMMIT;
            """
        let path = output + ".sql"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        shell.arguments = ["sqlite3", output, ".read '\(path)'"]
        shell.standardOutput = FileHandle.nullDevice
        let start = Machine.nanoseconds()
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw BenchError("sqlite3 failed on fold.sql") }
        return Double(Machine.nanoseconds() - start) / 1e9
    }

    /// The digest of its rows, in hexadecimal.
    func digest() throws -> String {
        let queue = try DatabaseQueue(path: output)
        return Hex.text(try queue.read { try Projection.digest($0, generation: generation) })
    }
}

enum Hex {
    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
