import Foundation
import GRDB
import Testing

@testable import SQLiteStore

/// What `docs/schema.md` says is what the file holds.
struct ViewsDocumentationTests {
    @Test func `every table, view and column is documented, and nothing else is`() throws {
        let ledger = try ViewsLedger()
        let found = try ledger.rows(
            """
            SELECT s.name AS owner, c.name AS name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c
            WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite_%' ORDER BY s.name, c.cid
            """
        )
        var columns: [String: [String]] = [:]
        for row in found {
            let owner = (row["owner"] as String).replacing(/^fold[0-9]+_/, with: "fold<n>_")
            columns[owner, default: []].append(row["name"])
        }
        let page = try SchemaPage().columns
        #expect(Set(page.keys) == Set(columns.keys))
        for (owner, names) in columns { #expect(page[owner]?.map(\.name) == names, "\(owner)") }
    }

    @Test func `every column has a class and a clock, and a column of time has one of the two clocks`() throws {
        for (owner, columns) in try SchemaPage().columns {
            for column in columns {
                #expect(["truth", "evidence", "derived"].contains(column.kind), "\(owner).\(column.name)")
                #expect(["Okta", "ours", "–"].contains(column.clock), "\(owner).\(column.name)")
                let isTime = ["_at", "_utc", "_ns"].contains { column.name.hasSuffix($0) }
                #expect(!isTime || column.clock != "–", "\(owner).\(column.name)")
                if column.name.hasSuffix("_utc") { #expect(column.clock == "ours", "\(owner).\(column.name)") }
                if column.name.hasSuffix("_ns") { #expect(column.clock == "Okta", "\(owner).\(column.name)") }
            }
        }
    }

    /// A part of the answer to each question, by the order of the page.
    private static let answers = [
        "ann@example.com|2026-08-01T09:00:00.123Z|e-1|group.user_membership.add|present|2026-08-01T09:00:03.250000Z",
        "bob@example.com|2026-08-01T09:00:00.500Z|2026-08-01T10:00:00.000Z|e-2",
        "AWS_Admin|absent|2026-08-01T10:00:00.000Z||group.user_membership.remove|admin@example.com",
        "AWS_Admin|2026-08-01T10:00:00.000Z|2026-08-01T10:00:01.000000Z|2026-08-01T10:00:07.500000Z|7.5",
        "AWS_Admin|carol@example.com|present||2026-08-01T09:00:02.000000Z|user not found||",
        "gina@example.com|AWS_Admin|held|old",
        "2026-08-01T13:05:00.000000Z|olga (uid 1000)|operator approve|e-6||checked in Okta's console",
        "gap|2026-08-01T11:00:00.000000Z|2026-08-01T12:00:00.000000Z|3600.0|0",
        "e-1|3|1|2/0 3/0 4/0",
        "2026-08-01T10:00:07.000000Z|absent|2|applied|200|2026-08-01T10:00:07.500000Z|a-4",
    ]

    @Test func `the ten questions are answered by the shell while the ledger is open for writing`() async throws {
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        let questions = try SchemaPage().questions
        try #require(questions.count == Self.answers.count)
        for (question, answer) in zip(questions, Self.answers) {
            let shell = try Shell.run(ledger.store.path, question.sql)
            #expect(shell.status == 0, "\(question.question): \(shell.errors)")
            #expect(shell.output.contains(answer), "\(question.question): \(shell.output)")
        }
        // The ledger goes on as if nobody had looked.
        #expect(try await ledger.deliver("d-9", []) == ledger.store.count() - 1)
    }

    @Test func `the shell can read every view without trusting the schema`() async throws {
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        for view in try ledger.texts("SELECT name FROM sqlite_schema WHERE type = 'view'") {
            let sql = "PRAGMA trusted_schema = OFF; SELECT * FROM \(view); SELECT count(*) FROM \(view);"
            let shell = try Shell.run(ledger.store.path, sql)
            #expect(shell.status == 0 && shell.errors.isEmpty, "\(view): \(shell.errors)")
        }
    }
}

/// The `sqlite3` shell, as an auditor starts it.
enum Shell {
    static func run(_ path: String, _ sql: String) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["sqlite3", "-readonly", path, sql]
        let errorsFile = FileManager.default.temporaryDirectory.appending(path: "shell-\(UUID().uuidString)")
        try Data().write(to: errorsFile)
        defer { try? FileManager.default.removeItem(at: errorsFile) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errorsFile)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let errors = try Data(contentsOf: errorsFile)
        return (
            process.terminationStatus, String(decoding: data, as: UTF8.self), String(decoding: errors, as: UTF8.self)
        )
    }
}
