/// Whatever sends one request and gives its answer.
public protocol HTTPSender: Sendable {
    /// Sends a request once and returns its answer, whatever its status.
    ///
    /// - Throws: `TransportError` where no complete answer came; it says whether the request may have arrived.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse
}
