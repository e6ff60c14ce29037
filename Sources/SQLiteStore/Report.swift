public import GRDB

extension Store {
    /// Rows of one query on the auditors' views, as texts.
    public struct Table: Sendable {
        /// Column names.
        public let columns: [String]
        /// Rows; `nil` is SQL's NULL.
        public let rows: [[String?]]
    }

    /// Runs one query on the auditors' views.
    /// - Throws: the error of SQLite.
    public func table(_ sql: String, _ arguments: StatementArguments = []) throws -> Table {
        try read { db in
            let statement = try db.makeStatement(sql: sql)
            let rows = try Row.fetchAll(statement, arguments: arguments)
            return Table(
                columns: statement.columnNames,
                rows: rows.map { row in row.databaseValues.map { String.fromDatabaseValue($0) ?? text($0) } }
            )
        }
    }

    private func text(_ value: DatabaseValue) -> String? {
        switch value.storage {
        case .null: nil
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .blob(let data): data.map { String($0, radix: 16) }.joined()
        }
    }
}
