import Foundation
import Synchronization

/// Runs blocking work on a thread of its own: a blocked thread of the pool would starve a server in the same process.
/// The work stays in the task of its test, so that what it expects in vain is held against that test.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(OwnThread()) { try await blocking(work) }
}

@concurrent private func blocking<Value: Sendable>(_ work: @Sendable () throws -> Value) async throws -> Value {
    try work()
}

/// Runs each job on a new thread.
private final class OwnThread: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        Thread.detachNewThread { job.runSynchronously(on: executor) }
    }
}

/// Runs blocking work once for each number on as many threads, and returns when all have ended. The work throws instead
/// of expecting: these threads belong to no test.
///
/// - Throws: the error of one that failed.
func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) throws -> Void) throws {
    let group = DispatchGroup()
    let failure = Mutex<(any Error)?>(nil)
    for number in 0..<count {
        group.enter()
        Thread.detachNewThread {
            do { try work(number) } catch { failure.withLock { $0 = error } }
            group.leave()
        }
    }
    group.wait()
    if let error = failure.withLock({ $0 }) { throw error }
}

/// Waits until a condition holds, looking again every few milliseconds.
///
/// - Throws: what was waited for, after `seconds`.
func waitUntil(_ what: @autoclosure () -> String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        if ContinuousClock.now > end { throw Failure("not within \(seconds) s: \(what())") }
        usleep(5_000)
    }
}

/// What went wrong in the test itself.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
