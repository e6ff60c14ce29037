/// Which transfers libcurl may have, and whether over HTTP/2, so that requests to one server share a connection.
///
/// Left to itself, libcurl 7.88 opens a connection for every request that comes before the first TLS handshake is over, and
/// it mixes up two kinds of connections: once one to a server has HTTP/2, it puts further requests on any other to it, one
/// with HTTP/1.1 on which a request is under way included (`ConnectionExists` in its url.c). So the request that opens a
/// connection goes alone until the answer says what the server speaks there. Who has waited a second goes over HTTP/1.1,
/// on connections that `EasySetup` keeps apart. CURLOPT_PIPEWAIT would wait without bound, and only for the handshake.
struct Openings {
    fileprivate static let patience = Duration.seconds(1)

    /// Servers that have answered over HTTP/1 although HTTP/2 was offered. They are not offered it again.
    private var withoutHTTP2: Set<String> = []

    /// Chooses the transfers to hand over now, in the order in which they came, and sets which of them offer HTTP/2.
    mutating func next(of transfers: some Collection<Transfer>, now: ContinuousClock.Instant) -> [Transfer] {
        let held = transfers.filter { !$0.isHandedOver }.sorted { $0.exchange.identifier < $1.exchange.identifier }
        guard !held.isEmpty else { return [] }
        var known: Set<String> = []
        var opening: Set<String> = []
        for transfer in transfers where transfer.isHandedOver && transfer.mayShare && transfer.offersHTTP2 {
            let origin = transfer.exchange.request.origin
            if transfer.isOnKnownConnection { known.insert(origin) } else { opening.insert(origin) }
        }
        return held.filter { transfer in
            let origin = transfer.exchange.request.origin
            guard transfer.mayShare, !withoutHTTP2.contains(origin) else { return true }
            guard known.contains(origin) || opening.insert(origin).inserted else {
                return now >= transfer.exchange.start + Self.patience
            }
            transfer.offersHTTP2 = true
            return true
        }
    }

    /// Remembers what a server speaks.
    mutating func learn(_ version: HTTPVersion?, from transfer: Transfer) {
        guard transfer.offersHTTP2, version == .http11 || version == .http10 else { return }
        withoutHTTP2.insert(transfer.exchange.request.origin)
    }
}

extension Transfer {
    /// Whether its connection may be another's too.
    fileprivate var mayShare: Bool { exchange.request.isSecure && !exchange.request.freshConnection }

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
