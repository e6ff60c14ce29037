import CLibcurl

/// One easy handle, from its options to its result. It belongs to the thread of `MultiLoop`.
///
/// Libcurl holds unretained pointers to it and calls back only from within `MultiHandle.perform`, `add` and `remove`;
/// `MultiDriver` keeps it until it has removed the handle.
@safe final class Transfer {
    let exchange: Exchange
    let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerLines: UnsafeMutablePointer<curl_slist>?
    private var collector: ResponseCollector
    private var sent: ContinuousClock.Instant?
    private var timesSent = 0

    /// Whether the request may go as one of several streams on a connection.
    var offersHTTP2 = false
    /// Whether libcurl has it.
    var isHandedOver = false
    /// Whether the request has started to leave, even if only on a connection that died.
    var wasSent: Bool { sent != nil }

    /// The deadline that comes next.
    var nextDeadline: (instant: ContinuousClock.Instant, phase: Deadlines.Phase) {
        exchange.request.deadlines.next(start: exchange.start, sent: sent, answered: collector.hasBegun)
    }

    init(_ exchange: Exchange, _ options: HTTPClientOptions) throws(TransportError) {
        guard let easy = unsafe curl_easy_init() else {
            throw TransportError(.failed, requestMayHaveArrived: false, detail: "no memory for a transfer")
        }
        self.exchange = exchange
        unsafe self.easy = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        collector = ResponseCollector(
            maximumHeaderBytes: options.maximumHeaderBytes,
            maximumBodyBytes: exchange.request.maximumResponseBytes
        )
        try configure(options)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerLines)
        unsafe errorText.deallocate()
    }

    /// The transfer that an easy handle belongs to.
    static func of(_ easy: UnsafeMutableRawPointer) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        unsafe curl_easy_get_context(easy, &context)
        return unsafe context.map { unsafe of(context: $0) }
    }

    private static func of(context: UnsafeMutableRawPointer) -> Transfer {
        unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func configure(_ options: HTTPClientOptions) throws(TransportError) {
        let setup = unsafe EasySetup(easy: easy)
        try setup.apply(options)
        try setup.apply(exchange.request)
        unsafe headerLines = unsafe try setup.headerLines(of: exchange.request)
        try unsafe setup.check(curl_easy_set_header_lines(easy, headerLines))
        try unsafe setup.check(curl_easy_set_error_text(easy, errorText))
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_PRIVATE, CURLOPT_PREREQDATA, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA] {
            try unsafe setup.check(curl_easy_set_context(easy, option, context))
        }
        // Called when a connection is ready and before the first byte of the request leaves, on every try.
        // https://curl.se/libcurl/c/CURLOPT_PREREQFUNCTION.html
        try unsafe setup.check(
            curl_easy_set_prerequest_callback(easy) { context, _, _, _, _ in
                guard let context = unsafe context else { return CInt(CURL_PREREQFUNC_ABORT) }
                unsafe Transfer.of(context: context).startsToLeave()
                return CInt(CURL_PREREQFUNC_OK)
            }
        )
        // A callback that takes fewer bytes than it was given ends the transfer.
        try unsafe setup.check(
            curl_easy_set_bytes_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
                let text = unsafe String(decoding: line, as: UTF8.self)
                let goesOn = unsafe Transfer.of(context: context).collector.take(headerLine: text, byteCount: count)
                return goesOn ? count : 0
            }
        )
        try unsafe setup.check(
            curl_easy_set_bytes_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                let chunk = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
                return unsafe Transfer.of(context: context).collector.take(body: chunk) ? count : 0
            }
        )
    }

    /// Whether others may join its connection: an answer, to this or to an earlier request, has shown HTTP/2 there.
    var isOnKnownConnection: Bool { wasSent && (version == .http2 || number(CURLINFO_NUM_CONNECTS) == 0) }

    /// Tells libcurl what to offer; the last step before it gets the handle.
    func setVersion() throws(TransportError) {
        try unsafe EasySetup(easy: easy).apply(offersHTTP2: offersHTTP2)
    }

    /// Makes libcurl close the connection when this transfer is removed from it, unless others are on it.
    ///
    /// It would do so by itself for HTTP/1.1. For HTTP/2 it would keep the connection, and version 7.88 would keep in a
    /// buffer what resets the stream, until the next frame leaves (`send_callback` in its http2.c).
    func forbidReuse() {
        unsafe curl_easy_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    }

    private func startsToLeave() {
        sent = .now
        timesSent += 1
    }

    /// What came of the transfer, once libcurl says that it is over.
    func result(_ code: CURLcode) -> Result<HTTPResponse, TransportError> {
        guard code == CURLE_OK else { return .failure(error(code)) }
        // A connection that closes within the header is a success to libcurl.
        guard collector.headIsComplete else {
            let detail = "the header of the answer is not complete"
            return .failure(TransportError(.connectionLost, requestMayHaveArrived: wasSent, detail: detail))
        }
        return .success(
            HTTPResponse(
                status: number(CURLINFO_RESPONSE_CODE),
                headers: collector.headers,
                body: collector.body,
                version: version,
                connectionsMade: number(CURLINFO_NUM_CONNECTS),
                timesSent: timesSent,
                duration: .now - exchange.start
            )
        )
    }

    private func error(_ code: CURLcode) -> TransportError {
        let failure = Failure(
            code: code,
            wasSent: wasSent,
            exceededBounds: collector.exceededBounds,
            headWasComplete: collector.headIsComplete
        )
        var detail = unsafe String(cString: errorText[0] == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText))
        // What follows is the proxy as it is written in the environment, perhaps with its password.
        if detail.hasPrefix("Unsupported proxy") { detail = "the address of the proxy is malformed" }
        return TransportError(failure.kind, requestMayHaveArrived: wasSent, detail: detail)
    }

    private var version: HTTPVersion? {
        switch number(CURLINFO_HTTP_VERSION) {
        case Int(CURL_HTTP_VERSION_1_0): .http10
        case Int(CURL_HTTP_VERSION_1_1): .http11
        case Int(CURL_HTTP_VERSION_2_0): .http2
        default: nil
        }
    }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        unsafe curl_easy_get_long(easy, info, &value)
        return value
    }
}
