/// Why a request got no complete answer.
///
/// Its description is safe to log: it holds no header, no body and no part of the URL but perhaps the host.
public struct TransportError: Error, Sendable, Hashable {
    /// What went wrong.
    public enum Kind: Sendable, Hashable {
        /// Nothing accepted the connection, or a proxy refused it.
        case couldNotConnect
        /// The host name, or that of the proxy, has no address.
        case nameNotResolved
        /// TLS failed: no common version, or a certificate that is not trusted.
        case tls
        /// A deadline passed in this phase.
        case timedOut(Deadlines.Phase)
        /// The connection ended before the answer was complete.
        case connectionLost
        /// What came back is not HTTP.
        case malformedResponse
        /// The header or the body of the answer is larger than allowed.
        case responseTooLarge
        /// The task that sent the request was cancelled.
        case cancelled
        /// The client was shut down.
        case shutDown
        /// The request cannot be sent as it is written.
        case invalidRequest
        /// libcurl failed in another way, of which the detail tells.
        case failed
    }

    /// What went wrong.
    public let kind: Kind
    /// Whether the request, or part of it, may have reached the other side.
    ///
    /// False only where it is certain that no byte of it left, because no connection was ever ready for it.
    public let requestMayHaveArrived: Bool
    /// What libcurl adds, printable ASCII of at most 256 bytes; may be empty.
    public let detail: String

    /// Creates an error. Everything in `detail` but printable ASCII becomes `?`.
    public init(_ kind: Kind, requestMayHaveArrived: Bool, detail: String = "") {
        self.kind = kind
        self.requestMayHaveArrived = requestMayHaveArrived
        // The detail can quote what the other side sent, such as a name in a certificate.
        let printable = detail.utf8.prefix(256).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        self.detail = String(decoding: printable, as: UTF8.self)
    }
}

extension TransportError: CustomStringConvertible {
    /// What happened, what to look at, and whether the request may have arrived.
    public var description: String {
        let arrival = requestMayHaveArrived ? "the request may have arrived" : "the request was not sent"
        return detail.isEmpty ? "\(sentence); \(arrival)" : "\(sentence) (\(detail)); \(arrival)"
    }

    private var sentence: String {
        switch kind {
        case .couldNotConnect: "no connection could be made: check the address, the port and the firewall"
        case .nameNotResolved: "the host name has no address: check its spelling and the DNS"
        case .tls: "TLS failed: check the certificate, the CA bundle and the clock"
        case .timedOut(let phase): "the deadline passed (\(phase.rawValue))"
        case .connectionLost: "the connection ended before the answer was complete"
        case .malformedResponse: "the answer is not HTTP: check the port and any proxy"
        case .responseTooLarge: "the answer is larger than allowed"
        case .cancelled: "the request was cancelled"
        case .shutDown: "the client is shut down"
        case .invalidRequest: "the request cannot be sent as written"
        case .failed: "the transfer failed"
        }
    }
}
