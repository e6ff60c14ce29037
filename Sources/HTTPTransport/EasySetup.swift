import CLibcurl

/// Sets the options of one easy handle, each of them checked: a limit that is not in force must not go unnoticed.
@safe struct EasySetup {
    let easy: UnsafeMutableRawPointer

    /// What is the same for every request.
    func apply(_ options: HTTPClientOptions) throws(TransportError) {
        try set(CURLOPT_NOSIGNAL, 1)
        // Removing a handle must not wait for a name resolution that hangs.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // Dot segments are sent as written: what is recorded is what is asked.
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_USERAGENT, options.userAgent)
        if let file = options.certificateAuthorityFile {
            try set(CURLOPT_CAINFO, file)
        }
    }

    /// What this request asks for, except its header lines.
    func apply(_ request: HTTPRequest) throws(TransportError) {
        try set(CURLOPT_URL, request.url)
        // The deadlines are kept by `MultiDriver`. Libcurl needs this one to share the time among several addresses.
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.deadlines.connectMilliseconds)
        if request.freshConnection {
            try set(CURLOPT_FRESH_CONNECT, 1)
            try set(CURLOPT_FORBID_REUSE, 1)
        }
        if let path = request.unixSocketPath {
            try set(CURLOPT_UNIX_SOCKET_PATH, path)
            try set(CURLOPT_PROXY, "")
        }
        if let body = request.bodyToSend {
            try unsafe check(curl_easy_set_body(easy, body, curl_off_t(body.count)))
        } else if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_HTTPGET, 1)
        }
        try set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    /// Which versions of HTTP and TLS are offered.
    func apply(offersHTTP2: Bool) throws(TransportError) {
        try set(CURLOPT_HTTP_VERSION, Int(offersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
        // A request with HTTP/2 joins connections that others have made, but only where it asks for the same TLS. To name
        // the newest version changes nothing but that; see `Openings`.
        let newest = offersHTTP2 ? 0 : Int(CURL_SSLVERSION_MAX_TLSv1_3)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2) | newest)
    }

    /// The header fields as libcurl takes them; the caller frees the list after the handle.
    func headerLines(of request: HTTPRequest) throws(TransportError) -> UnsafeMutablePointer<curl_slist>? {
        // A name with nothing after the colon suppresses what libcurl would add: no waiting for 100 Continue, and no
        // media type that the caller has not named.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.isEqualIgnoringASCIICase(to: "content-type") }) {
            lines.append("Content-Type:")
        }
        // An empty value is written with a semicolon. https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
        lines += request.headers.map { $0.value.isBlank ? "\($0.name);" : "\($0.name): \($0.value)" }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = unsafe curl_slist_append(list, line) else {
                unsafe curl_slist_free_all(list)
                throw TransportError(.failed, requestMayHaveArrived: false, detail: "no memory for header lines")
            }
            unsafe list = unsafe longer
        }
        return unsafe list
    }

    /// Throws unless an option was accepted.
    func check(_ code: CURLcode) throws(TransportError) {
        guard code == CURLE_OK else {
            let reason = unsafe String(cString: curl_easy_strerror(code))
            throw TransportError(.failed, requestMayHaveArrived: false, detail: "an option was refused: \(reason)")
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try unsafe check(curl_easy_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(TransportError) {
        try unsafe check(curl_easy_set_text(easy, option, value))
    }
}

extension HTTPRequest {
    /// The body as it goes out. Methods that have one by their meaning say so even when it is empty
    /// (RFC 9110 section 8.6).
    fileprivate var bodyToSend: [UInt8]? {
        body ?? (["POST", "PUT", "PATCH"].contains(method) ? [] : nil)
    }
}
