import Synchronization

/// An HTTP client on libcurl: HTTP/1.1, and HTTP/2 where TLS offers it, over a bounded pool of kept connections.
///
/// All transfers run on one thread of its own. TLS is 1.2 or newer, redirects are not followed, cookies and `.netrc`
/// are not used, bodies are not decompressed. The client may be used from any task; letting go of the last reference
/// ends its thread, but only `shutdown()` waits for that.
public final class HTTPClient: HTTPSender {
    private let loop: MultiLoop
    private let lastIdentifier = Atomic<UInt64>(0)

    /// Creates a client and starts its thread.
    ///
    /// - Throws: `invalidRequest` where the options make no sense, `failed` where the system has no thread or memory.
    public init(_ options: HTTPClientOptions = HTTPClientOptions()) throws(TransportError) {
        if let fault = options.fault {
            throw TransportError(.invalidRequest, requestMayHaveArrived: false, detail: fault)
        }
        loop = try MultiLoop(options)
        try loop.startThread()
    }

    deinit {
        loop.close()
    }

    /// Sends a request and returns its answer, whatever its status.
    ///
    /// The request is handed to libcurl once. Libcurl resends it by itself only where a kept connection dies before
    /// the first byte of an answer, or an HTTP/2 server says that it did not process it; see
    /// `HTTPRequest.freshConnection`. Cancelling the task ends the transfer and closes its connection. Where that is
    /// HTTP/2 and carries others, it resets the stream alone, with the next frame that leaves.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        if let fault = request.fault {
            throw TransportError(.invalidRequest, requestMayHaveArrived: false, detail: fault)
        }
        guard !Task.isCancelled else { throw TransportError(.cancelled, requestMayHaveArrived: false) }
        let identifier = lastIdentifier.add(1, ordering: .relaxed).newValue
        let start = ContinuousClock.now
        let result: Result<HTTPResponse, TransportError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let exchange = Exchange(
                    identifier: identifier,
                    request: request,
                    start: start,
                    continuation: continuation
                )
                loop.submit(exchange)
                // The handler below may have run before there was anything to cancel.
                if Task.isCancelled { loop.cancel(identifier) }
            }
        } onCancel: {
            loop.cancel(identifier)
        }
        return try result.get()
    }

    /// Ends every transfer with `shutDown`, closes all connections, and returns once the thread has done its work.
    ///
    /// Later requests fail at once with `shutDown`. May be called more than once.
    public func shutdown() async {
        await loop.closeAndWait()
    }
}
