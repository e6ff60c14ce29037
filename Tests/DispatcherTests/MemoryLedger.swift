import Ledger
import Projector

@testable import Dispatcher

/// A log in memory with its fold behind it. It is used on the one thread of a `VirtualTime` only, hence unchecked.
final class MemoryLedger: @unchecked Sendable {
    let time: VirtualTime
    let state = MemoryState()
    private(set) var log: [Entry] = []
    /// How many entries are folded.
    private(set) var cursor = 0
    private var keys: [Kind: [EntryKey: Int64]] = [:]
    private var waiters: [(position: Int64, continuation: CheckedContinuation<Void, any Error>)] = []
    private(set) var touched: Set<String> = []
    private var ring: AsyncStream<Void>.Continuation?

    /// Appends fail with this while it is set.
    var refusal: AppendError?
    /// How long an append and how long folding takes.
    var appendDelay: () -> Int64 = { 100 }
    var foldDelay: () -> Int64 = { 100 }
    /// Looks at what is about to be appended.
    var willAppend: (NewEntry) -> Void = { _ in }

    init(_ time: VirtualTime) { self.time = time }

    /// Appends without delay or refusal: what others write.
    @discardableResult
    func put(_ kind: Kind, _ body: some Encodable, key: String? = nil) throws -> Int64 {
        put(NewEntry(kind: kind, key: key.map { EntryKey($0) }, body: try EntryJSON.encode(body))).position
    }

    /// Appends many without delay, and folds them at once.
    func load(_ entries: [NewEntry]) {
        for entry in entries { store(entry) }
        fold()
    }

    @discardableResult
    func put(_ entry: NewEntry) -> Appended {
        let appended = store(entry)
        if case .stored = appended { time.after(foldDelay()) { self.fold() } }
        return appended
    }

    @discardableResult
    private func store(_ entry: NewEntry) -> Appended {
        if let key = entry.key, let known = keys[entry.kind]?[key] { return .duplicate(of: known) }
        let position = Int64(log.count)
        let stored = Entry(
            position: position,
            kind: entry.kind,
            recordedAt: max(time.now, log.last?.recordedAt ?? 0),
            key: entry.key,
            body: entry.body
        )
        log.append(stored)
        if let key = entry.key { keys[entry.kind, default: [:]][key] = position }
        return .stored(position: position, recordedAt: stored.recordedAt)
    }

    private func fold() {
        guard cursor < log.count else { return }
        var fold = Fold(state, settings: state.control.settings)
        // The state in memory never fails.
        for entry in log[cursor...] { try? fold.apply(ReadEntry(entry)) }
        cursor = log.count
        touched.formUnion(fold.touched)
        if !fold.touched.isEmpty { ring?.yield() }
        let ready = waiters.filter { $0.position < cursor }
        waiters.removeAll { $0.position < cursor }
        for waiter in ready { waiter.continuation.resume() }
    }

    func wait(through position: Int64) async throws {
        if cursor > position { return }
        try await withCheckedThrowingContinuation { waiters.append((position, $0)) }
    }

    func takeTouched() -> Set<String> {
        defer { touched = [] }
        return touched
    }

    func listen(_ ring: AsyncStream<Void>.Continuation) {
        self.ring = ring
        touched = []
    }
}

/// One process's hold of the ledger. Once killed it writes and reads nothing any more.
final class Process: EntryLog, FoldedLog, @unchecked Sendable {
    struct Killed: Error {}

    let ledger: MemoryLedger
    let touched: AsyncStream<Void>
    private(set) var isDead = false

    init(_ ledger: MemoryLedger) {
        self.ledger = ledger
        let (stream, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        touched = stream
        ledger.listen(ring)
    }

    func kill() { isDead = true }

    // MARK: EntryLog

    func append(_ entry: NewEntry) async throws(AppendError) -> Appended {
        guard !isDead else { throw .closed }
        ledger.willAppend(entry)
        // An append is carried out even if its task is cancelled.
        let delay = ledger.appendDelay()
        await withCheckedContinuation { continuation in ledger.time.after(delay) { continuation.resume() } }
        guard !isDead else { throw .closed }
        if let refusal = ledger.refusal { throw refusal }
        return ledger.put(entry)
    }

    func entries(from position: Int64, limit: Int) throws -> [Entry] {
        Array(ledger.log.dropFirst(Int(position)).prefix(limit))
    }

    func entry(at position: Int64) throws -> Entry? { ledger.log.first { $0.position == position } }

    func entry(kind: Kind, key: EntryKey) throws -> Entry? { ledger.log.first { $0.kind == kind && $0.key == key } }

    func count() throws -> Int64 { Int64(ledger.log.count) }

    // MARK: FoldedLog

    func differences<Value: Sendable>(
        _ body: @escaping @Sendable (any DifferenceReader) throws -> Value
    ) async throws -> Value {
        await withCheckedContinuation { continuation in ledger.time.after(50) { continuation.resume() } }
        guard !isDead else { throw Killed() }
        return try body(ledger.state)
    }

    func folded(through position: Int64) async throws {
        try await ledger.wait(through: position)
        if isDead { throw Killed() }
    }

    func takeTouched() -> Set<String> { isDead ? [] : ledger.takeTouched() }
}
