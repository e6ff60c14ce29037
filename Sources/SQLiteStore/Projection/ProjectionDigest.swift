import Crypto
import GRDB

/// The ordered digest of derived rows.
enum ProjectionDigest {
    /// SHA-256 over every row of every derived table, each value with its type and length.
    static func digest(_ db: Database, _ schema: ProjectionSchema) throws -> [UInt8] {
        var hash = SHA256()
        for (name, key) in ProjectionSchema.tables {
            hash.update(data: Array(name.utf8))
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(schema.table(name)) ORDER BY \(key)")
            while let row = try rows.next() {
                for value in row.databaseValues { update(&hash, value) }
            }
        }
        return Array(hash.finalize())
    }

    private static func update(_ hash: inout SHA256, _ value: DatabaseValue) {
        switch value.storage {
        case .null: hash.update(data: [0])
        case .int64(let number): hash.update(data: [1] + bytes(number))
        case .double(let number): hash.update(data: [2] + bytes(Int64(bitPattern: number.bitPattern)))
        case .string(let text): hash.update(data: [3] + bytes(Int64(text.utf8.count)) + Array(text.utf8))
        case .blob(let data): hash.update(data: [4] + bytes(Int64(data.count)) + Array(data))
        }
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
