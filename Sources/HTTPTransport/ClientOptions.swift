#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What all requests of one client share.
public struct HTTPClientOptions: Sendable, Hashable {
    /// The `User-Agent` of every request that does not bring its own; never empty.
    public var userAgent: String
    /// The most connections open at once; further requests wait, at the cost of their connect deadline.
    public var maximumConnections: Int
    /// The most connections open at once to one host and port. Over HTTP/1.1 that is also the most requests at once;
    /// over HTTP/2 one connection carries up to 100 of them, or as many as the server allows.
    public var maximumConnectionsPerHost: Int
    /// The most header bytes accepted in an answer, interim answers and trailers included.
    public var maximumHeaderBytes: Int
    /// A PEM file of trusted certificates, nil for the one built into libcurl.
    public var certificateAuthorityFile: String?

    /// Creates options. Proxies come from `http_proxy`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as libcurl reads them.
    ///
    /// - Parameters:
    ///   - userAgent: Name and version of the program.
    ///   - maximumConnections: At least 1.
    ///   - maximumConnectionsPerHost: At least 1.
    ///   - maximumHeaderBytes: At most what libcurl itself accepts in one line, 100 KiB, is useful.
    ///   - certificateAuthorityFile: By default the file that `CURL_CA_BUNDLE`, else `SSL_CERT_FILE`, names.
    public init(
        userAgent: String = "ledger/0.1",
        maximumConnections: Int = 128,
        maximumConnectionsPerHost: Int = 64,
        maximumHeaderBytes: Int = 64 * 1024,
        certificateAuthorityFile: String? = Self.certificateAuthorityFileFromEnvironment()
    ) {
        self.userAgent = userAgent
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        self.maximumHeaderBytes = maximumHeaderBytes
        self.certificateAuthorityFile = certificateAuthorityFile
    }

    /// The file that `CURL_CA_BUNDLE`, else `SSL_CERT_FILE`, names; an empty variable counts as unset.
    ///
    /// The `curl` program reads these; libcurl does not, so it is done here.
    public static func certificateAuthorityFileFromEnvironment() -> String? {
        variable("CURL_CA_BUNDLE") ?? variable("SSL_CERT_FILE")
    }

    private static func variable(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: text)
        return value.isEmpty ? nil : value
    }

    /// The reason why a client cannot have these options, nil if it can.
    var fault: String? {
        if userAgent.isBlank || !userAgent.isFieldValue {
            return "the User-Agent is empty or holds a control character"
        }
        if maximumConnections < 1 || maximumConnectionsPerHost < 1 { return "a connection bound is below 1" }
        if maximumHeaderBytes < 1 { return "the header bound is below 1" }
        return nil
    }
}
