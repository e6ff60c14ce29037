import Foundation
import SQLiteStore
import Testing

struct LockTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    /// A process that holds the lock, already holding it.
    private func holder() throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        process.arguments = ["--no-fork", place.database + "-lock", "sh", "-c", "echo held; exec sleep 600"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        return process
    }

    @Test func `a lock held by another process is refused, and free as soon as that one is killed`() async throws {
        let process = try holder()
        #expect(throws: OpenError.locked(path: place.database, holder: "another process")) {
            try WriterLock(database: place.database)
        }
        kill(process.processIdentifier, SIGKILL)
        let lock = try await WriterLock.wait(database: place.database, pollingEvery: .milliseconds(5))
        let store = try Store.open(place.database, mode: .create, lock: lock)
        store.close()
        let second = try WriterLock(database: place.database)
        second.release()
    }

    @Test func `waiting for a lock ends when the task is cancelled`() async throws {
        let lock = try WriterLock(database: place.database)
        defer { lock.release() }
        let path = place.database
        let waiting = Task { try await WriterLock.wait(database: path, pollingEvery: .seconds(600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `a lock that is released or dropped is free`() throws {
        let first = try WriterLock(database: place.database)
        first.release()
        first.release()
        do { _ = try WriterLock(database: place.database) }
        _ = try WriterLock(database: place.database)
    }
}
