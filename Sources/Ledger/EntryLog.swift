/// The append-only log that is the truth of everything else.
///
/// What an implementation owes its callers:
/// - `append` MUST return only once the entry it names is durable: committed and flushed to the disk. That holds for a
///   duplicate too: its original MUST be durable first.
/// - An append whose task is cancelled MUST still be carried out, and MUST NOT roll back or delay others.
/// - Positions MUST be 0-based and gapless, in commit order; `recordedAt` MUST NOT go backwards with them. A clock that
///   runs behind the log MUST be clamped, never be a reason to refuse.
/// - Bytes MUST be kept exactly, and an entry MUST NOT ever change or go away.
/// - Once an append has failed with `.broken`, every later one MUST fail too.
/// - Reads MUST see every entry whose append has returned, and MUST NOT see one that is not committed.
///
/// What a caller owes:
/// - It MUST NOT tell anyone that something is recorded before `append` has returned.
/// - It MUST treat `.broken` as the end of the process, and MUST be ready to try again after `.full` and `.overloaded`.
/// - It MUST NOT assume that an append that failed with `.broken` left nothing behind: append it again under the same key
///   after the restart.
/// - It MUST choose keys so that one thing always gets the same key.
public protocol EntryLog: Sendable {
    /// Appends one entry and waits until it, or the entry that it repeats, is durable.
    /// - Parameter entry: what shall be kept.
    /// - Returns: the new position, or that of the entry which was there before.
    /// - Throws: why nothing was acknowledged.
    func append(_ entry: NewEntry) async throws(AppendError) -> Appended

    /// Entries in the order of positions. Blocks for the time of the read.
    ///
    /// May give fewer than `limit` entries to bound memory, but gives none only if there is none at or after `position`.
    /// - Parameters:
    ///   - position: the first position wanted.
    ///   - limit: the greatest number of entries wanted, at least 1.
    /// - Returns: entries with consecutive positions.
    /// - Throws: the error of the store.
    func entries(from position: Int64, limit: Int) throws -> [Entry]

    /// The entry at a position. Blocks for the time of the read.
    /// - Parameter position: where it stands.
    /// - Returns: the entry, or `nil` beyond the end.
    /// - Throws: the error of the store.
    func entry(at position: Int64) throws -> Entry?

    /// The entry of a kind and key. Blocks for the time of the read.
    /// - Parameters:
    ///   - kind: what the entry is.
    ///   - key: its idempotency key.
    /// - Returns: the entry, or `nil` if there is none.
    /// - Throws: the error of the store.
    func entry(kind: Kind, key: EntryKey) throws -> Entry?

    /// How many entries there are; also the position that the next one will get. Blocks for the time of the read.
    /// - Returns: the size of the log.
    /// - Throws: the error of the store.
    func count() throws -> Int64
}
