/// A log together with its fold, as it goes on.
public protocol FoldedLog: Sendable {
    /// Reads differences in one consistent view, off the caller's thread.
    func differences<Value: Sendable>(
        _ body: @escaping @Sendable (any DifferenceReader) throws -> Value
    ) async throws -> Value
    /// Returns once the entry at `position` is folded.
    func folded(through position: Int64) async throws
    /// Rings after groups were touched; rings that nobody heard become one. For one consumer.
    var touched: AsyncStream<Void> { get }
    /// Groups whose difference may have changed since this was last asked.
    func takeTouched() -> Set<String>
}
