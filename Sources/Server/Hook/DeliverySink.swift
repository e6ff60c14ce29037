package import Ledger

/// Where verified deliveries go.
package protocol DeliverySink: Sendable {
    /// Keeps one delivery and returns only once it, or the delivery that it repeats, is durable.
    /// - Parameters:
    ///   - body: the bytes as received.
    ///   - eventID: Okta's id of the delivery; `nil` where the bytes have none.
    /// - Returns: what became of it.
    /// - Throws: why it must not be acknowledged.
    func accept(_ body: [UInt8], eventID: String?) async throws(AppendError) -> Appended
}

/// Keeps deliveries as entries of the log.
package struct LogSink: DeliverySink {
    let log: any EntryLog

    /// A sink that appends to `log`.
    package init(log: any EntryLog) { self.log = log }

    /// See `DeliverySink`.
    package func accept(_ body: [UInt8], eventID: String?) async throws(AppendError) -> Appended {
        let key = eventID.map(EntryKey.init) ?? EntryKey(digestOf: body)
        return try await log.append(
            NewEntry(kind: .oktaDelivery, key: key, body: body, onCollision: .duplicateIfSameBytesElseNumber)
        )
    }
}
