import Foundation
import GRDB
import Ledger
import Testing

@testable import SQLiteStore

/// Real faults of the operating system: the write-ahead log's descriptor is pointed at a device that fails in the way wanted.
@Suite(.serialized)
struct FailureTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    /// Points every descriptor of a file at `device`; gives copies of the originals to restore.
    private func divertLog(to device: String, flags: Int32) throws -> [(descriptor: Int32, original: Int32)] {
        try divert("-wal", to: device, flags: flags)
    }

    private func divert(
        _ suffix: String,
        to device: String,
        flags: Int32
    ) throws -> [(descriptor: Int32, original: Int32)] {
        let target = open(device, flags)
        defer { close(target) }
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let descriptors = names.compactMap { Int32($0) }.filter { descriptor in
            let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
            return path == place.database + suffix
        }
        let diverted = descriptors.map { descriptor in
            let original = dup(descriptor)
            dup2(target, descriptor)
            return (descriptor, original)
        }
        #expect(!diverted.isEmpty)
        return diverted
    }

    private func restore(_ diverted: [(descriptor: Int32, original: Int32)]) {
        for (descriptor, original) in diverted {
            dup2(original, descriptor)
            close(original)
        }
    }

    @Test func `a full disk fails its batch, keeps nothing of it, and writing resumes by itself`() async throws {
        let store = try place.open()
        defer { store.close() }
        _ = try await store.append(.delivery("before", "x"))
        // So that nothing needs to be read from the log: the device reads as zeros.
        try await store.pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        let diverted = try divertLog(to: "/dev/full", flags: O_RDWR)
        for number in 0..<3 {
            await #expect(throws: AppendError.full) { try await store.append(.delivery("full\(number)", "x")) }
        }
        restore(diverted)
        #expect(store.failure == nil)
        #expect(try await store.append(.delivery("full0", "x")).position == 1)
        try expectWholeLog(store, entries: 2)
    }

    @Test func `a database at its greatest size fails with full and goes on when there is room`() async throws {
        let store = try place.open()
        defer { store.close() }
        _ = try store.write { db in try Int.fetchOne(db, sql: "PRAGMA max_page_count = 40") }
        var stored: Int64 = 0
        await #expect(throws: AppendError.full) {
            while stored < 1_000 {
                _ = try await store.append(.delivery("\(stored)", String(repeating: "y", count: 3_000)))
                stored += 1
            }
        }
        try expectWholeLog(store, entries: stored)
        _ = try store.write { db in try Int.fetchOne(db, sql: "PRAGMA max_page_count = 4000") }
        #expect(try await store.append(.delivery("more", "y")).position == stored)
        try expectWholeLog(store, entries: stored + 1)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let flags: Int32
        let code: Int32
    }

    /// SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC.
    static let faults = [
        Fault(testDescription: "a write that fails", flags: O_RDONLY, code: 778),
        Fault(testDescription: "an fsync that fails", flags: O_RDWR, code: 1_034),
    ]

    @Test(arguments: faults)
    func `after an I/O error nothing more is acknowledged, even when the disk works again`(fault: Fault) async throws {
        let store = try place.open()
        defer { store.close() }
        _ = try await store.append(.delivery("before", "x"))
        let diverted = try divertLog(to: "/dev/null", flags: fault.flags)
        await #expect(throws: AppendError.broken) { try await store.append(.delivery("lost", "x")) }
        restore(diverted)
        await #expect(throws: AppendError.broken) { try await store.append(.delivery("after", "x")) }
        await #expect(throws: AppendError.broken) { try await store.append(.delivery("before", "x")) }
        #expect(throws: AppendError.broken) { try store.write { _ in } }
        #expect(store.failure?.code == fault.code)
        var failures = store.failures.makeAsyncIterator()
        #expect(await failures.next()?.code == fault.code)
    }

    @Test func `an I/O error in a projection's transaction stops the appends as well`() async throws {
        let store = try place.open()
        defer { store.close() }
        let diverted = try divertLog(to: "/dev/null", flags: O_RDONLY)
        #expect(throws: (any Error).self) { try store.write { db in try db.execute(sql: "CREATE TABLE t (x)") } }
        restore(diverted)
        await #expect(throws: AppendError.broken) { try await store.append(.delivery("after", "x")) }
    }

    @Test func `an I/O error in a checkpoint, which SQLite's own ones would hide, stops the appends as well`()
        async throws
    {
        let store = try place.open()
        defer { store.close() }
        _ = try await store.append(.delivery("before", "x"))
        let diverted = try divert("", to: "/dev/null", flags: O_RDWR)
        defer { restore(diverted) }
        let body = String(repeating: "y", count: 1 << 20)
        await #expect(throws: AppendError.broken) {
            for number in 0..<20 { _ = try await store.append(.delivery("\(number)", body)) }
        }
        let code = try #require(store.failure?.code)
        #expect(code & 0xff == 10, "SQLITE_IOERR")
    }

    @Test func `an error of a projection's own making breaks nothing`() async throws {
        let store = try place.open()
        defer { store.close() }
        #expect(throws: (any Error).self) { try store.write { db in try db.execute(sql: "SELECT nonsense") } }
        #expect(try await store.append(.delivery("after", "x")).position == 0)
    }
}
