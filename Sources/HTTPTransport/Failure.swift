import CLibcurl

/// How a failed transfer is told. Pure: libcurl's code and how far the transfer had come.
struct Failure {
    /// Why libcurl ended the transfer.
    let code: CURLcode
    /// Whether the request had started to leave.
    let wasSent: Bool
    /// Whether the answer broke its bounds.
    let exceededBounds: Bool
    /// Whether the whole header of the answer had come.
    let headWasComplete: Bool

    /// https://curl.se/libcurl/c/libcurl-errors.html
    var kind: TransportError.Kind {
        if exceededBounds { return .responseTooLarge }
        return wasSent ? kindAfterSending : kindBeforeSending
    }

    private var kindBeforeSending: TransportError.Kind {
        switch code {
        // LOGIN_DENIED is how a user name in the URL is refused.
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameNotResolved
        case CURLE_OPERATION_TIMEDOUT: .timedOut(.connect)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
            .couldNotConnect
        default: isTLS ? .tls : .failed
        }
    }

    private var kindAfterSending: TransportError.Kind {
        switch code {
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            .connectionLost
        // UNSUPPORTED_PROTOCOL is how an answer without a status line (HTTP/0.9) is refused.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .malformedResponse
        // libcurl bounds one header line itself, by its buffer, and reports it like this.
        case CURLE_OUT_OF_MEMORY where !headWasComplete: .responseTooLarge
        // The kept connection died and the new one that libcurl tried instead did not come about.
        case CURLE_OPERATION_TIMEDOUT: .timedOut(.firstByte)
        case CURLE_COULDNT_CONNECT: .connectionLost
        default: isTLS ? .tls : .failed
        }
    }

    private var isTLS: Bool {
        switch code {
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT,
            CURLE_USE_SSL_FAILED, CURLE_SSL_SHUTDOWN_FAILED:
            true
        default: false
        }
    }
}
