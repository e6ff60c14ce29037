import Foundation
import GRDB
import GRDBSQLite

/// A statement of the connection's cache, bound and read by place through SQLite's own functions.
///
/// For what runs for every entry or event. GRDB's arguments are arrays of existentials and its rows are searched by name,
/// which takes several times as long as the work of SQLite itself.
struct PlainStatement {
    private let statement: Statement

    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
    }

    /// Runs a statement that gives no rows.
    /// - Parameter bind: gives every argument, in order.
    /// - Throws: the error of SQLite.
    func run(_ bind: (inout PlainArguments) -> Void) throws {
        try perform(bind) { _ in false }
    }

    /// The first row.
    func first<Value>(_ bind: (inout PlainArguments) -> Void, _ read: (inout PlainRow) throws -> Value) throws -> Value?
    {
        var value: Value?
        try perform(bind) { row in
            value = try read(&row)
            return false
        }
        return value
    }

    /// Every row.
    func all<Value>(_ bind: (inout PlainArguments) -> Void, _ read: (inout PlainRow) throws -> Value) throws -> [Value]
    {
        var values: [Value] = []
        try perform(bind) { row in
            values.append(try read(&row))
            return true
        }
        return values
    }

    private func perform(_ bind: (inout PlainArguments) -> Void, _ row: (inout PlainRow) throws -> Bool) throws {
        defer {
            unsafe sqlite3_reset(statement.sqliteStatement)
            unsafe sqlite3_clear_bindings(statement.sqliteStatement)
        }
        var arguments = PlainArguments(statement)
        bind(&arguments)
        if arguments.code != SQLITE_OK { throw error(arguments.code) }
        while true {
            let code = unsafe sqlite3_step(statement.sqliteStatement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw error(code) }
            var columns = PlainRow(statement)
            guard try row(&columns) else { return }
        }
    }

    private func error(_ code: Int32) -> DatabaseError {
        let connection = unsafe sqlite3_db_handle(statement.sqliteStatement)
        let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql)
    }
}

/// Arguments of a statement, given one after another.
struct PlainArguments {
    private let statement: Statement
    private var index: Int32 = 0
    /// The first failure of a binding, for example of a text beyond SQLite's limit.
    private(set) var code = SQLITE_OK

    /// SQLite copies what it is given before the call returns: https://www.sqlite.org/c3ref/c_static.html
    private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    fileprivate init(_ statement: Statement) { self.statement = statement }

    mutating func add(_ text: String?) {
        guard var text else { return addNull() }
        let index = next()
        note(
            text.withUTF8 { utf8 in
                unsafe utf8.withMemoryRebound(to: CChar.self) { bytes in
                    unsafe sqlite3_bind_text64(
                        statement.sqliteStatement,
                        index,
                        bytes.baseAddress,
                        sqlite3_uint64(bytes.count),
                        Self.copied,
                        UInt8(SQLITE_UTF8)
                    )
                }
            }
        )
    }

    mutating func add(_ number: Int64?) {
        guard let number else { return addNull() }
        let index = next()
        note(unsafe sqlite3_bind_int64(statement.sqliteStatement, index, number))
    }

    mutating func add(_ flag: Bool?) { add(flag.map { $0 ? 1 : 0 } as Int64?) }

    mutating func add(_ bytes: Data) {
        let index = next()
        note(
            unsafe bytes.withUnsafeBytes { buffer in
                guard let address = buffer.baseAddress else {
                    return unsafe sqlite3_bind_zeroblob(statement.sqliteStatement, index, 0)
                }
                return unsafe sqlite3_bind_blob64(
                    statement.sqliteStatement,
                    index,
                    address,
                    sqlite3_uint64(buffer.count),
                    Self.copied
                )
            }
        )
    }

    /// NULL, once or several times.
    mutating func addNull(_ times: Int = 1) {
        for _ in 0..<times {
            let index = next()
            note(unsafe sqlite3_bind_null(statement.sqliteStatement, index))
        }
    }

    private mutating func next() -> Int32 {
        index += 1
        return index
    }

    private mutating func note(_ result: Int32) { if code == SQLITE_OK { code = result } }
}

/// The columns of a row, read one after another.
struct PlainRow {
    private let statement: Statement
    private var index: Int32 = -1

    fileprivate init(_ statement: Statement) { self.statement = statement }

    mutating func skip(_ columns: Int32) { index += columns }

    mutating func text() -> String? {
        index += 1
        guard let text = unsafe sqlite3_column_text(statement.sqliteStatement, index) else { return nil }
        let count = unsafe sqlite3_column_bytes(statement.sqliteStatement, index)
        return unsafe String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
    }

    mutating func number() -> Int64? {
        index += 1
        guard unsafe sqlite3_column_type(statement.sqliteStatement, index) != SQLITE_NULL else { return nil }
        return unsafe sqlite3_column_int64(statement.sqliteStatement, index)
    }

    mutating func flag() -> Bool { number() == 1 }
}
