import Dispatch
import Foundation
import GRDB
import Ledger
import Synchronization

/// Gathers concurrent appends into one transaction and one fsync.
///
/// While one batch is being flushed the next one gathers, so the busier the log, the larger the batches. The work runs on
/// a queue of its own and not in the callers' tasks: a cancelled request neither rolls back nor loses an append.
final class GroupCommitWriter: Sendable {
    private struct Pending {
        let entry: SealedEntry
        let continuation: CheckedContinuation<Result<Appended, AppendError>, Never>
    }

    private struct State {
        /// Waiting, in the order of arrival.
        var waiting: [Pending] = []
        /// Cost of the entries that wait or are being written: what the budget bounds.
        var bytes = 0
        /// Whether `queue` has been told to drain; it goes on until nothing waits.
        var isDraining = false
        var isClosed = false
        var tally = AppendTally()
    }

    /// Appends in one batch that are a sign of many senders.
    private static let crowd = 4
    /// Microseconds in which the next appends of those who were just answered gather. Without, the first of them would get
    /// a commit of its own, and all the others would wait for its fsync before theirs.
    private static let gathering: UInt32 = 300

    private let writer: SerialWriter
    private let limits: AppendLimits
    private let clock: @Sendable () -> Int64
    private let onAppended: @Sendable (Int64) -> Void
    private let queue = DispatchQueue(label: "ledger.append")
    private let state = Mutex(State())

    init(
        writer: SerialWriter,
        limits: AppendLimits,
        clock: @escaping @Sendable () -> Int64,
        onAppended: @escaping @Sendable (Int64) -> Void
    ) {
        self.writer = writer
        self.limits = limits
        self.clock = clock
        self.onAppended = onAppended
    }

    var tally: AppendTally { state.withLock { $0.tally } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Waits until the entry, or the one that it repeats, is durable.
    func append(_ entry: SealedEntry) async throws(AppendError) -> Appended {
        let result = await withCheckedContinuation { continuation in
            if let refusal = enqueue(Pending(entry: entry, continuation: continuation)) {
                continuation.resume(returning: .failure(refusal))
            }
        }
        return try result.get()
    }

    /// Refuses what comes from now on and waits until all that was accepted is answered.
    func close() {
        state.withLock { $0.isClosed = true }
        queue.sync {}
    }

    private func enqueue(_ pending: Pending) -> AppendError? {
        if writer.health.failure != nil { return .broken }
        return state.withLock { state in
            if state.isClosed { return .closed }
            let size = pending.entry.cost
            guard state.bytes + size <= limits.waitingBytes else {
                state.tally.refused += 1
                return .overloaded
            }
            state.bytes += size
            state.waiting.append(pending)
            if !state.isDraining {
                state.isDraining = true
                queue.async { self.drain() }
            }
            return nil
        }
    }

    private func drain() {
        while let batch = nextBatch() {
            let outcome = commit(batch)
            finish(batch, outcome)
            // After the answers, so that no append waits for it.
            writer.checkpointIfDue()
            if batch.count >= Self.crowd { usleep(Self.gathering) }
        }
    }

    /// The oldest appends that fit into one batch, at least one; `nil` ends the draining.
    private func nextBatch() -> [Pending]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDraining = false
                return nil
            }
            var bytes = 0
            let count = state.waiting.prefix(limits.batchEntries).prefix { pending in
                defer { bytes += pending.entry.cost }
                return bytes == 0 || bytes + pending.entry.cost <= limits.batchBytes
            }.count
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return batch
        }
    }

    private struct Committed {
        let appended: [Appended]
        let clockClamped: Int64
    }

    private func commit(_ batch: [Pending]) -> Result<Committed, AppendError> {
        do {
            return .success(
                try writer.transaction { db in
                    var transaction = try AppendTransaction(db)
                    let appended = try batch.map { try transaction.append($0.entry, now: clock()) }
                    return Committed(appended: appended, clockClamped: transaction.clockClamped)
                }
            )
        } catch {
            return .failure(writer.health.classify(error))
        }
    }

    private func finish(_ batch: [Pending], _ outcome: Result<Committed, AppendError>) {
        state.withLock { state in
            state.bytes -= batch.reduce(0) { $0 + $1.entry.cost }
            if case .success(let committed) = outcome { state.tally.count(committed.appended, committed.clockClamped) }
        }
        switch outcome {
        case .success(let committed):
            for (pending, appended) in zip(batch, committed.appended) {
                pending.continuation.resume(returning: .success(appended))
            }
            if let last = committed.appended.last(where: \.isStored) { onAppended(last.position) }
        case .failure(let error):
            for pending in batch { pending.continuation.resume(returning: .failure(error)) }
        }
    }
}
