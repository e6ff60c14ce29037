import Foundation
import Ledger
import Projector

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

    /// A bounded hand-over between two threads.
    private final class Channel: @unchecked Sendable {
        // All state is guarded by `condition`; NSCondition cannot guard it in a way the compiler sees.
        private let condition = NSCondition()
        private var items: [Result<[ReadEntry], any Error>?] = []
        private var closed = false
        private static let capacity = 4

        /// Waits for room. Returns `false` where nobody takes any more.
        func put(_ item: Result<[ReadEntry], any Error>?) -> Bool {
            condition.lock()
            defer { condition.unlock() }
            while items.count >= Self.capacity, !closed { condition.wait() }
            items.append(item)
            condition.signal()
            return !closed
        }

        func take() -> Result<[ReadEntry], any Error>? {
            condition.lock()
            defer { condition.unlock() }
            while items.isEmpty { condition.wait() }
            condition.signal()
            return items.removeFirst()
        }

        func close() {
            condition.lock()
            closed = true
            condition.broadcast()
            condition.unlock()
        }
    }
}
