import Synchronization

/// Runs a task and all its children on the calling thread, on a clock that jumps to the next thing to happen whenever
/// nothing is left to do. Everything that happens is in an order that depends on nothing outside.
final class VirtualTime: TaskExecutor, Sendable {
    /// Nothing is left to do and nothing is to come, but the work has not ended.
    struct Stuck: Error {}

    /// So much happened without any time passing that it never will.
    struct BusyLoop: Error {}

    private struct Timer {
        let at: Int64
        let action: @Sendable () -> Void
    }

    private struct State {
        var now: Int64
        var jobs: [UnownedJob] = []
        var timers: [Timer] = []
    }

    private let state: Mutex<State>

    init(start: Int64) { state = Mutex(State(now: start)) }

    /// Microseconds since 1970.
    var now: Int64 { state.withLock(\.now) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Does something later. What is due at the same time is done in the order of asking.
    func after(_ delay: Int64, _ action: @escaping @Sendable () -> Void) {
        state.withLock { state in
            let at = state.now + max(delay, 0)
            // Latest first, so that the next is the last.
            var (low, high) = (0, state.timers.count)
            while low < high {
                let middle = (low + high) / 2
                if state.timers[middle].at > at { low = middle + 1 } else { high = middle }
            }
            state.timers.insert(Timer(at: at, action: action), at: low)
        }
    }

    /// Waits for some microseconds, or until cancelled.
    func sleep(_ delay: Int64) async throws {
        let once = Mutex<CheckedContinuation<Void, any Error>?>(nil)
        let end: @Sendable (Result<Void, any Error>) -> Void = { result in
            let continuation = once.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            continuation?.resume(with: result)
        }
        try Task.checkCancellation()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                once.withLock { $0 = continuation }
                after(delay) { end(.success(())) }
            }
        } onCancel: {
            end(.failure(CancellationError()))
        }
    }

    /// Runs `body` to its end.
    func run(_ body: @escaping @Sendable () async throws -> Void) throws {
        let result = Mutex<Result<Void, any Error>?>(nil)
        Task(executorPreference: self) {
            do {
                try await body()
                result.withLock { $0 = .success(()) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
        }
        var sinceTimePassed = 0
        while true {
            if let result = result.withLock({ $0 }) { return try result.get() }
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                return state.jobs
            }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            sinceTimePassed += jobs.count
            if sinceTimePassed > 1_000_000 { throw BusyLoop() }
            if jobs.isEmpty {
                let before = now
                guard let timer = nextTimer() else { throw Stuck() }
                if now > before { sinceTimePassed = 0 }
                timer.action()
            }
        }
    }

    private func nextTimer() -> Timer? {
        state.withLock { state in
            guard let timer = state.timers.popLast() else { return nil }
            state.now = max(state.now, timer.at)
            return timer
        }
    }
}

/// SplitMix64: the same seed, the same numbers, everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Whether something that happens so often happens now.
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func pick(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
}
