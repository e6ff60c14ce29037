import Foundation
import GRDB
import Ledger

/// An entry with everything that does not depend on its place, computed by its caller outside the transaction.
struct SealedEntry: Sendable {
    let kind: Kind
    let key: EntryKey?
    let onCollision: NewEntry.CollisionPolicy
    let body: Data
    let salt: Data
    let digest: [UInt8]

    /// What the entry counts against the limits in bytes: its body and about as much as the rest of it takes.
    var cost: Int { body.count + 256 }

    init(_ entry: NewEntry, salt: [UInt8]) {
        kind = entry.kind
        key = entry.key
        onCollision = entry.onCollision
        body = Data(entry.body)
        self.salt = Data(salt)
        digest = Record.bodyDigest(of: entry.body, salt: salt)
    }
}

/// Appends inside one transaction: gives positions and times, and finds duplicates, also those of this transaction.
struct AppendTransaction {
    private let selectPosition: PlainStatement
    private let selectIsSameBody: PlainStatement
    private let insertEntry: PlainStatement
    private let insertBody: PlainStatement
    private var nextPosition: Int64 = 0
    private var lastRecordedAt: Int64 = 0
    private(set) var clockClamped: Int64 = 0

    /// Begins behind the last entry.
    /// - Parameter db: the writer, inside an immediate transaction: no one else can append until it ends.
    /// - Throws: the error of SQLite.
    init(_ db: Database) throws {
        selectPosition = try PlainStatement(db, "SELECT position FROM entry WHERE kind = ? AND key = ?")
        selectIsSameBody = try PlainStatement(db, "SELECT bytes = ? FROM body WHERE position = ?")
        insertEntry = try PlainStatement(db, "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        insertBody = try PlainStatement(db, "INSERT INTO body VALUES (?, ?, ?)")
        let last = try db.cachedStatement(sql: "SELECT position, recorded_at FROM entry ORDER BY position DESC LIMIT 1")
        if let row = try Row.fetchOne(last) {
            nextPosition = row[0] + 1
            lastRecordedAt = row[1]
        }
    }

    /// Appends one entry, or finds the one that it repeats.
    /// - Parameters:
    ///   - entry: the entry.
    ///   - now: microseconds since 1970 UTC; clamped if it is behind the log.
    /// - Returns: what is true once the transaction has committed.
    /// - Throws: the error of SQLite.
    mutating func append(_ entry: SealedEntry, now: Int64) throws -> Appended {
        switch try place(of: entry) {
        case .taken(let position): return .duplicate(of: position)
        case .free(let key): return try insert(entry, key: key, now: now)
        }
    }

    private enum Place {
        case free(EntryKey?)
        case taken(Int64)
    }

    private func place(of entry: SealedEntry) throws -> Place {
        guard let key = entry.key else { return .free(nil) }
        var number = 1
        var candidate = key
        while let position = try position(of: entry.kind, candidate) {
            if entry.onCollision == .duplicate { return .taken(position) }
            if try isBody(entry.body, at: position) { return .taken(position) }
            number += 1
            candidate = key.numbered(number)
        }
        return .free(candidate)
    }

    private func position(of kind: Kind, _ key: EntryKey) throws -> Int64? {
        try selectPosition.first {
            $0.add(kind.rawValue)
            $0.add(key.text)
        } _: {
            $0.number()
        } ?? nil
    }

    private func isBody(_ bytes: Data, at position: Int64) throws -> Bool {
        try selectIsSameBody.first {
            $0.add(bytes)
            $0.add(position)
        } _: {
            $0.flag()
        } ?? false
    }

    private mutating func insert(_ entry: SealedEntry, key: EntryKey?, now: Int64) throws -> Appended {
        if now < lastRecordedAt { clockClamped += 1 }
        let position = nextPosition
        let record = Record(
            kind: entry.kind,
            recordedAt: max(now, lastRecordedAt),
            key: key,
            bodyLength: entry.body.count,
            bodyDigest: entry.digest
        )
        try insertEntry.run {
            $0.add(position)
            $0.add(record.kind.rawValue)
            $0.add(record.recordedAt)
            $0.add(key?.text)
            $0.add(Record.format)
            $0.add(Int64(record.bodyLength))
            $0.add(Data(record.bodyDigest))
            $0.add(Data(record.leafHash))
        }
        try insertBody.run {
            $0.add(position)
            $0.add(entry.salt)
            $0.add(entry.body)
        }
        nextPosition = position + 1
        lastRecordedAt = record.recordedAt
        return .stored(position: position, recordedAt: record.recordedAt)
    }
}
