/// Which transfers libcurl may have, so that requests to one server share an HTTP/2 connection from the first one on.
///
/// Left to itself, libcurl opens a connection for every request that comes before the first TLS handshake is over. Its own
/// remedy, CURLOPT_PIPEWAIT, waits without bound for a handshake that hangs, and makes one handshake after the other
/// where the server speaks HTTP/1.1. So the first request to a server goes alone until it starts to leave, or for a second.
struct Openings {
    fileprivate static let patience = Duration.seconds(1)

    /// Servers that have answered over HTTP/1 although HTTP/2 was offered.
    ///
    /// They are not offered it again: libcurl 7.88 puts a request on an HTTP/1.1 connection that is in use once another
    /// connection to the same server has HTTP/2 (`ConnectionExists` in its url.c).
    private var withoutHTTP2: Set<String> = []

    /// Whether a request may go as a stream among others.
    func offersHTTP2(to request: HTTPRequest) -> Bool {
        request.isSecure && !withoutHTTP2.contains(request.origin)
    }

    /// Remembers what a server speaks.
    mutating func learn(_ version: HTTPVersion?, from transfer: Transfer) {
        guard transfer.offersHTTP2, version == .http11 || version == .http10 else { return }
        withoutHTTP2.insert(transfer.exchange.request.origin)
    }

    /// The transfers to hand over now, in the order in which they came.
    func next(of transfers: some Collection<Transfer>, now: ContinuousClock.Instant) -> [Transfer] {
        let held = transfers.filter { !$0.isHandedOver }.sorted { $0.exchange.identifier < $1.exchange.identifier }
        guard !held.isEmpty else { return [] }
        let sharing = transfers.filter { $0.isHandedOver && $0.sharesItsConnection }
        let connected = Set(sharing.filter(\.wasSent).map(\.exchange.request.origin))
        var opening = Set(sharing.filter { !$0.wasSent }.map(\.exchange.request.origin))
        return held.filter { transfer in
            let origin = transfer.exchange.request.origin
            guard transfer.sharesItsConnection, !connected.contains(origin), !withoutHTTP2.contains(origin),
                now < transfer.exchange.start + Self.patience
            else { return true }
            return opening.insert(origin).inserted
        }
    }
}

extension Transfer {
    /// Whether others may send over the connection that is made for it.
    fileprivate var sharesItsConnection: Bool { offersHTTP2 && !exchange.request.freshConnection }

    /// When something has to be done about it: its deadline has passed, or it has waited long enough.
    var nextDue: ContinuousClock.Instant {
        let deadline = nextDeadline.instant
        return isHandedOver ? deadline : min(deadline, exchange.start + Openings.patience)
    }
}

extension HTTPRequest {
    /// Whether it goes over TLS.
    fileprivate var isSecure: Bool { url.utf8.prefix(6).map(\.asciiLowercase) == Array("https:".utf8) }

    /// What is before the path, as it is written, and the socket.
    fileprivate var origin: String {
        let authority = url.split(separator: "/", maxSplits: 2).prefix(2).joined(separator: "//")
        return authority.lowercased() + (unixSocketPath ?? "")
    }
}
