import Foundation
import GRDB
import Ledger
import SQLiteStore
import Synchronization
import Testing

struct AppendTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    @Test func `64 writers at once give a gapless log with each entry once`() async throws {
        let store = try place.open()
        defer { store.close() }
        let positions = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for writer in 0..<64 {
                group.addTask {
                    var positions: [Int64] = []
                    for number in 0..<50 {
                        let text = "writer \(writer) entry \(number)"
                        positions.append(try await store.append(.delivery("w\(writer)-\(number)", text)).position)
                    }
                    return positions
                }
            }
            var all: [Int64] = []
            for try await some in group {
                #expect(some == some.sorted(), "a writer's own entries stand in the order in which it wrote them")
                all += some
            }
            return all
        }
        #expect(positions.sorted() == Array(0..<3_200))
        try expectWholeLog(store, entries: 3_200)
        let entry = try #require(try store.entry(kind: .oktaDelivery, key: EntryKey("w63-49")))
        #expect(entry.body == Array("writer 63 entry 49".utf8))
        #expect(store.tally.stored == 3_200)
        #expect(store.tally.commits < 3_200, "writers share commits")
    }

    @Test func `an entry is read back as it was written, by position, by key and in order`() async throws {
        let store = try place.open(clock: { 1_764_028_800_000_123 })
        defer { store.close() }
        let bytes = (0...255).map { UInt8($0) }
        let appended = try await store.append(NewEntry(kind: .oktaDelivery, key: EntryKey("a"), body: bytes))
        #expect(appended == .stored(position: 0, recordedAt: 1_764_028_800_000_123))
        _ = try await store.append(NewEntry(kind: .ledgerStarted, key: nil, body: []))
        let first = Entry(
            position: 0,
            kind: .oktaDelivery,
            recordedAt: 1_764_028_800_000_123,
            key: EntryKey("a"),
            body: bytes
        )
        let second = Entry(position: 1, kind: .ledgerStarted, recordedAt: 1_764_028_800_000_123, key: nil, body: [])
        #expect(try store.entries(from: 0, limit: 10) == [first, second])
        #expect(try store.entries(from: 0, limit: 1) == [first])
        #expect(try store.entries(from: 1, limit: 10) == [second])
        #expect(try store.entries(from: 2, limit: 10) == [])
        #expect(try store.entry(at: 1) == second)
        #expect(try store.entry(at: 2) == nil)
        #expect(try store.entry(kind: .oktaDelivery, key: EntryKey("a")) == first)
        #expect(try store.entry(kind: .oktaLogEvent, key: EntryKey("a")) == nil)
        #expect(try store.count() == 2)
        try expectWholeLog(store, entries: 2)
    }

    @Test func `one page of a read is bounded by bytes, and pages together give the whole log`() async throws {
        let store = try place.open()
        defer { store.close() }
        for number in 0..<7 {
            let body = [UInt8](repeating: UInt8(number), count: 3 << 20)
            _ = try await store.append(NewEntry(kind: .oktaDelivery, key: EntryKey("\(number)"), body: body))
        }
        #expect(try store.entries(from: 0, limit: 100).map(\.position) == [0, 1, 2])
        #expect(try store.entries(from: 3, limit: 100).map(\.position) == [3, 4, 5])
        try expectWholeLog(store, entries: 7)
    }

    @Test func `entries without a key are never duplicates`() async throws {
        let store = try place.open()
        defer { store.close() }
        for _ in 0..<3 { _ = try await store.append(NewEntry(kind: .oktaCursor, key: nil, body: [1])) }
        try expectWholeLog(store, entries: 3)
    }

    @Test func `a repeated key is a duplicate whatever its bytes, if that is the policy`() async throws {
        let store = try place.open()
        defer { store.close() }
        _ = try await store.append(NewEntry(kind: .oktaLogEvent, key: EntryKey("u"), body: [1]))
        let again = try await store.append(NewEntry(kind: .oktaLogEvent, key: EntryKey("u"), body: [2]))
        #expect(again == .duplicate(of: 0))
        let other = try await store.append(NewEntry(kind: .oktaBaseline, key: EntryKey("u"), body: [2]))
        #expect(other.position == 1, "a key is unique within its kind only")
        #expect(store.tally.duplicates == 1)
    }

    @Test func `other bytes under one id stand beside the first, and each is recognised again`() async throws {
        let store = try place.open()
        defer { store.close() }
        for (number, body) in ["one", "two", "three"].enumerated() {
            #expect(try await store.append(.delivery("id", body)).position == Int64(number))
        }
        for (number, body) in ["one", "two", "three"].enumerated() {
            #expect(try await store.append(.delivery("id", body)) == .duplicate(of: Int64(number)))
        }
        let keys = try store.entries(from: 0, limit: 9).map { $0.key?.text }
        #expect(keys == ["id", "id#2", "id#3"])
        try expectWholeLog(store, entries: 3)
    }

    @Test func `repeats that arrive together are stored once and all name the same entry`() async throws {
        let store = try place.open()
        defer { store.close() }
        let results = try await withThrowingTaskGroup(of: (String, Appended).self) { group in
            for number in 0..<60 {
                let body = ["one", "two", "three"][number % 3]
                group.addTask { (body, try await store.append(.delivery("same", body))) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let positions = Dictionary(grouping: results, by: \.0).mapValues { Set($0.map(\.1.position)) }
        #expect(positions.values.allSatisfy { $0.count == 1 })
        #expect(store.tally.stored == 3)
        #expect(store.tally.duplicates == 57)
        try expectWholeLog(store, entries: 3)
    }

    @Test func `a repeat in the very batch of its original is a duplicate of it`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let store = try place.open()
        defer { store.close() }
        // Appends queue up behind this transaction and so share one batch.
        async let holding: Void = holdWriter(store, until: gate)
        async let one = store.append(.delivery("id", "one"))
        async let two = store.append(.delivery("id", "one"))
        gate.signal()
        let answers = try await [one, two]
        try await holding
        #expect(Set(answers.map(\.position)) == [0])
        #expect(answers.contains(.duplicate(of: 0)))
    }

    @concurrent private func holdWriter(_ store: Store, until gate: DispatchSemaphore) async throws {
        try store.write { _ in _ = gate.wait(timeout: .now() + 10) }
    }

    @Test func `a clock that runs backwards is clamped and counted, and nothing is refused`() async throws {
        let times = Mutex<[Int64]>([500, 400, -3, 501])
        let store = try place.open(clock: { times.withLock { $0.removeFirst() } })
        for number in 0..<4 { _ = try await store.append(.delivery("\(number)", "x")) }
        #expect(try store.entries(from: 0, limit: 9).map(\.recordedAt) == [500, 500, 500, 501])
        #expect(store.tally.clockClamped == 2)
        store.close()

        let reopened = try place.open(.existing, clock: { 7 })
        defer { reopened.close() }
        #expect(try await reopened.append(.delivery("later", "x")) == .stored(position: 4, recordedAt: 501))
        #expect(reopened.tally.clockClamped == 1)
        try expectWholeLog(reopened, entries: 5)
    }

    @Test func `an append whose task is cancelled is carried out`() async throws {
        let store = try place.open()
        defer { store.close() }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            #expect(Task.isCancelled)
            return try await store.append(.delivery("cancelled", "x"))
        }
        #expect(try await task.value.position == 0)
        try expectWholeLog(store, entries: 1)
    }

    @Test func `what waits beyond the byte budget is refused, and accepted again later`() async throws {
        let store = try place.open(limits: AppendLimits(waitingBytes: 256 + 10))
        defer { store.close() }
        await #expect(throws: AppendError.overloaded) {
            try await store.append(.delivery("a", "eleven byte"))
        }
        #expect(try await store.append(.delivery("b", "ten bytes!")).position == 0)
        #expect(try await store.append(.delivery("c", "ten bytes!")).position == 1)
        #expect(store.tally.refused == 1)
    }

    @Test(arguments: [AppendLimits(batchEntries: 4), AppendLimits(batchBytes: 4 * 257), AppendLimits(batchBytes: 1)])
    func `appends are bounded to batches of the given size, and one that is larger goes alone`(
        limits: AppendLimits
    ) async throws {
        let store = try place.open(limits: limits)
        defer { store.close() }
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<40 { group.addTask { _ = try await store.append(.delivery("\(number)", "x")) } }
        }
        #expect(store.tally.commits >= 10)
        try expectWholeLog(store, entries: 40)
    }

    @Test func `who waits for appends is told the latest position`() async throws {
        let store = try place.open()
        for number in 0..<5 { _ = try await store.append(.delivery("\(number)", "x")) }
        _ = try await store.append(.delivery("4", "x"))
        store.close()
        var told: [Int64] = []
        for await position in store.appended { told.append(position) }
        #expect(told == [4])
    }

    @Test func `a closed store refuses, and what it had accepted is there after it opens again`() async throws {
        let store = try place.open()
        _ = try await store.append(.delivery("a", "x"))
        store.close()
        await #expect(throws: AppendError.closed) { try await store.append(.delivery("b", "x")) }
        #expect(throws: AppendError.closed) { try store.write { _ in } }
        let reopened = try place.open(.existing)
        defer { reopened.close() }
        #expect(try await reopened.append(.delivery("a", "x")) == .duplicate(of: 0))
        try expectWholeLog(reopened, entries: 1)
    }
}
