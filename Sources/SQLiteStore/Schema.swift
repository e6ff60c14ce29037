import GRDB

/// The schema as a list of steps; `user_version` is the number of steps that a database has been through.
///
/// Own steps rather than GRDB's `DatabaseMigrator`, because the version must be readable before GRDB opens the file (its
/// pool writes at open), by any SQLite program, and without a bookkeeping table among the tables that auditors read.
enum Schema {
    /// One change of the schema, carried out in a transaction of its own together with the new `user_version`.
    struct Step: Sendable {
        let name: String
        let sql: String
    }

    /// "LDGR" in ASCII; https://www.sqlite.org/pragma.html#pragma_application_id
    static let applicationID: Int32 = 0x4C44_4752

    /// Steps are only ever added at the end. The tables of truth come in the first one and no later step touches them.
    static let steps: [Step] = [
        Step(name: "truth", sql: truth)
    ]

    /// The version that this program writes.
    static var current: Int { steps.count }

    /// Brings a database up to `current`.
    /// - Parameters:
    ///   - writer: the pool.
    ///   - version: the `user_version` that the database has.
    /// - Throws: the error of SQLite; a step that failed left nothing behind.
    static func migrate(_ writer: some DatabaseWriter, from version: Int) throws {
        for number in steps.indices.dropFirst(version) {
            try writer.write { db in
                try db.execute(sql: steps[number].sql)
                try db.execute(sql: "PRAGMA application_id = \(applicationID)")
                try db.execute(sql: "PRAGMA user_version = \(number + 1)")
            }
        }
    }
}
