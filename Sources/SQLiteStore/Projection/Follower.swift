import Dispatch
import Foundation
import GRDB
public import Projector
import Synchronization

/// Follows the log with the fold on a thread of its own, and tells which differences may have changed.
///
/// The fold never delays an append by more than one short transaction, and an append never waits for the fold.
public final class Follower: FoldedLog {
    /// Rings after groups were touched; rings that nobody heard become one.
    public let touched: AsyncStream<Void>

    /// Entries of a step that is worth its transaction.
    private static let fullStep = 256
    /// Seconds after a smaller step in which entries gather: what a transaction costs beside its entries is the same for
    /// one as for many, and appends wait for it. The first entry after a rest is folded at once.
    private static let gathering = 0.02

    private struct Waiter {
        let position: Int64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var cursor: Int64 = 0
        var waiters: [Waiter] = []
        var touched: Set<String> = []
        var end: (any Error)?
    }

    private let projection: Projection
    private let store: Store
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let signal: AsyncStream<Void>.Continuation

    /// A follower; `start` begins.
    public init(_ projection: Projection, of store: Store) {
        self.projection = projection
        self.store = store
        (touched, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows until the task is cancelled, the follower is stopped, or folding fails.
    /// - Throws: the store's error.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { for await _ in self.store.appended { self.bell.signal() } }
            tasks.addTask {
                try await withTaskCancellationHandler {
                    try await withCheckedThrowingContinuation { continuation in
                        let thread = Thread { continuation.resume(with: Result { try self.follow() }) }
                        thread.name = "ledger-fold"
                        thread.start()
                    }
                } onCancel: {
                    self.stop()
                }
            }
            defer { tasks.cancelAll() }
            // The first task ends when the store is closed; the second when following ends.
            try await tasks.next()
        }
    }

    /// Folds what is there and ends.
    public func stop() {
        state.withLock { $0.end = $0.end ?? CancellationError() }
        bell.signal()
    }

    /// Returns once the entry at `position` is folded.
    public func folded(through position: Int64) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let answer: Result<Void, any Error>? = state.withLock { state in
                if state.cursor > position { return .success(()) }
                if let end = state.end { return .failure(end) }
                state.waiters.append(Waiter(position: position, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    /// Reads differences in one consistent view, off the caller's thread.
    public func differences<Value: Sendable>(
        _ body: @escaping @Sendable (any DifferenceReader) throws -> Value
    ) async throws -> Value {
        let projection = projection
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try projection.differences(body) })
            }
        }
    }

    /// Groups whose difference may have changed since this was last asked.
    public func takeTouched() -> Set<String> {
        state.withLock { state in
            defer { state.touched = [] }
            return state.touched
        }
    }

    /// How many entries are not folded yet.
    public func lag() throws -> Int64 { max(0, try store.count() - state.withLock(\.cursor)) }

    // MARK: On the thread

    private func follow() throws {
        do {
            while state.withLock({ $0.end }) == nil {
                if try catchUpUnlessFull() { bell.wait() } else { _ = bell.wait(timeout: .now() + .seconds(1)) }
                // One catching up serves every ring so far.
                while bell.wait(timeout: .now()) == .success {}
            }
            finish(CancellationError())
        } catch {
            finish(error)
            throw error
        }
    }

    /// Follows to the end of the log. Returns `false` where the disk is full or the file is held: to be tried again.
    private func catchUpUnlessFull() throws -> Bool {
        do {
            try catchUp()
            return true
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_FULL || error.resultCode == .SQLITE_BUSY
        {
            return false
        } catch ProjectionError.overtaken {
            // An operator's replay is rebuilding too; its tables become the live ones.
            return false
        }
    }

    private func catchUp() throws {
        while true {
            let step = try projection.follow()
            if step.needsRebuild {
                // Nobody may act on tables that count what no longer counts: who waits is told only after the rebuild.
                try projection.rebuild()
                try touchAll()
                reached(try projection.cursor())
                continue
            }
            touch(step.touched)
            reached(step.cursor)
            if step.folded == 0 { return }
            if step.folded < Self.fullStep { Thread.sleep(forTimeInterval: Self.gathering) }
        }
    }

    /// Every group that differs may be new to whoever pushes: after a rebuild all rows are.
    public func touchAll() throws {
        touch(Set(try projection.differences { try $0.groupsThatDiffer() }))
        bell.signal()
    }

    private func touch(_ groups: Set<String>) {
        guard !groups.isEmpty else { return }
        state.withLock { $0.touched.formUnion(groups) }
        signal.yield()
    }

    private func reached(_ cursor: Int64) {
        let ready = state.withLock { state in
            state.cursor = cursor
            let ready = state.waiters.filter { $0.position < cursor }
            state.waiters.removeAll { $0.position < cursor }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    private func finish(_ error: any Error) {
        let waiters = state.withLock { state in
            state.end = error
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
        signal.finish()
    }
}
