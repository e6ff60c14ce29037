import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// An answer as it came over the wire.
struct WireAnswer {
    let status: Int
    let body: [UInt8]

    /// The body as a JSON object.
    func object() throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
            throw Failure("not a JSON object: \(String(decoding: body.prefix(200), as: UTF8.self))")
        }
        return object
    }
}

/// A kept HTTP/1.1 connection to a port of this machine. Blocking; no code shared with the service.
final class WireConnection {
    private let port: Int
    private var descriptor: Int32 = -1
    private var received: [UInt8] = []

    init(port: Int) { self.port = port }

    deinit { hangUp() }

    /// Sends one request and reads its answer. Connects first where needed, and once more where the peer closed an idle
    /// connection would be a repeat, so it does not: a lost connection is an error.
    func send(_ method: String, _ target: String, headers: [String] = [], body: [UInt8] = []) throws -> WireAnswer {
        if descriptor < 0 { try connect() }
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUser-Agent: Okta-Integrations\r\n"
        for header in headers { head += header + "\r\n" }
        if !body.isEmpty || method != "GET" { head += "Content-Length: \(body.count)\r\n" }
        do {
            try write(Array((head + "\r\n").utf8) + body)
            return try read()
        } catch {
            hangUp()
            throw error
        }
    }

    private func hangUp() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        received = []
    }

    private func connect() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in.loopback(port: port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            hangUp()
            throw Failure("port \(port) refuses: \(errno)")
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor,
                    buffer.baseAddress.map { $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw Failure("connection lost while sending: \(errno)") }
            sent += count
        }
    }

    private func more() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw Failure("connection lost before the answer: \(count == 0 ? 0 : errno)") }
        received += buffer[..<count]
    }

    private func line() throws -> String {
        while true {
            if let end = received.firstIndex(of: 10) {
                let line = received[..<end]
                received.removeSubrange(...end)
                return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            }
            try more()
        }
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        while received.count < count { try more() }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    private func read() throws -> WireAnswer {
        let parts = try line().split(separator: " ")
        guard parts.count >= 2, let status = Int(parts[1]) else { throw Failure("no HTTP status") }
        var length: Int?
        var isChunked = false
        var closes = false
        while case let header = try line().lowercased(), !header.isEmpty {
            if header.hasPrefix("content-length:") {
                length = Int(header.dropFirst(15).trimmingCharacters(in: .whitespaces))
            }
            if header.hasPrefix("transfer-encoding:") { isChunked = header.contains("chunked") }
            if header.hasPrefix("connection:") { closes = header.contains("close") }
        }
        var body: [UInt8] = []
        if isChunked {
            while let size = Int(try line().split(separator: ";")[0], radix: 16), size > 0 {
                body += try bytes(size)
                _ = try line()
            }
            _ = try line()
        } else if status != 204 {
            body = try bytes(length ?? 0)
        }
        if closes { hangUp() }
        return WireAnswer(status: status, body: body)
    }
}

extension sockaddr_in {
    static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}

/// A port that nothing listens on now. Connections to it are refused until somebody does.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return try withUnsafeMutablePointer(to: &address) {
        try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            guard bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else {
                throw Failure("no free port: \(errno)")
            }
        }
        return Int(UInt16(bigEndian: $0.pointee.sin_port))
    }
}
