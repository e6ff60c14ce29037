import Dispatch
import Foundation
import Ledger
import Projector
import Synchronization

/// Reads and parses entries on a thread of its own, a few batches ahead of the fold: parsing is half of a rebuild's
/// work and needs nothing that the fold writes.
final class ReadAhead: Sendable {
    private let channel = Channel()

    /// Starts reading.
    /// - Parameters:
    ///   - log: where entries are read.
    ///   - start: the first position.
    ///   - end: the position after the last.
    ///   - batch: the greatest number of entries a batch.
    init(_ log: any EntryLog, from start: Int64, until end: Int64, batch: Int) {
        let channel = channel
        let thread = Thread {
            var position = start
            do {
                while position < end {
                    let entries = try log.entries(from: position, limit: min(batch, Int(end - position)))
                    guard let last = entries.last else { break }
                    position = last.position + 1
                    guard channel.put(.success(entries.map(ReadEntry.init))) else { return }
                }
                _ = channel.put(nil)
            } catch {
                _ = channel.put(.failure(error))
            }
        }
        thread.name = "ledger-read-ahead"
        thread.start()
    }

    deinit { channel.close() }

    /// The next batch; `nil` after the last.
    func next() throws -> [ReadEntry]? { try channel.take()?.get() }

    /// A bounded hand-over from one thread to another.
    private final class Channel: Sendable {
        private struct State {
            var items: [Result<[ReadEntry], any Error>?] = []
            var closed = false
        }

        private let state = Mutex(State())
        // Begun at 0 and raised: a semaphore that goes away below the value it began with traps, and an abandoned one is.
        private let room = DispatchSemaphore(value: 0)
        private let filled = DispatchSemaphore(value: 0)

        init() {
            for _ in 1...4 { room.signal() }
        }

        /// Waits for room. Returns `false` where nobody takes any more.
        func put(_ item: Result<[ReadEntry], any Error>?) -> Bool {
            room.wait()
            let open = state.withLock { state in
                state.items.append(item)
                return !state.closed
            }
            filled.signal()
            return open
        }

        func take() -> Result<[ReadEntry], any Error>? {
            filled.wait()
            defer { room.signal() }
            return state.withLock { $0.items.removeFirst() }
        }

        func close() {
            state.withLock { $0.closed = true }
            room.signal()
        }
    }
}
