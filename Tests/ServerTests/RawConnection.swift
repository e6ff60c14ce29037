import Foundation
import Glibc

/// A TCP connection to a listener under test that sends exactly the bytes it is told, well formed or not.
///
/// All calls block, so they belong on a thread of their own: see ``onThread(_:)``.
final class RawConnection {
    struct Failure: Error { let call: String }

    /// An answer as it came.
    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: String
    }

    private var descriptor: Int32
    private var pending: [UInt8] = []

    /// Connects to a port of this machine. No read waits longer than ten seconds.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket") }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "connect") }
    }

    deinit { close() }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Failure(call: "send") }
            rest = rest.dropFirst(sent)
        }
    }

    /// Says that nothing more will be sent, but still reads.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Drops the connection with a reset, as a peer that dies does.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Whether bytes or the end of the connection are there within a time.
    func hasNews(within milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, milliseconds) > 0
    }

    /// Sends a byte every 20 ms until the peer answers or closes; fails after ten seconds.
    func drip() throws {
        for _ in 0..<500 {
            if hasNews(within: 20) { return }
            try send("x")
        }
        throw Failure(call: "drip: never cut")
    }

    /// Whether the peer drops the connection for good, and does not merely stop sending, within five seconds.
    func isDropped() -> Bool {
        for _ in 0..<250 {
            guard (try? send("x")) != nil else { return true }
            usleep(20_000)
        }
        return false
    }

    /// Reads one answer.
    /// - Returns: the answer, or `nil` if the connection ended instead.
    func receive() throws -> Answer? {
        let separator = Array("\r\n\r\n".utf8)
        var headEnd = pending.firstRange(of: separator)
        while headEnd == nil {
            guard try readMore() else { return nil }
            headEnd = pending.firstRange(of: separator)
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: pending[..<headEnd.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while pending.count < headEnd.upperBound + length {
            guard try readMore() else { throw Failure(call: "body") }
        }
        let body = String(decoding: pending[headEnd.upperBound..<headEnd.upperBound + length], as: UTF8.self)
        pending.removeFirst(headEnd.upperBound + length)
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(status: status, headers: headers, body: body)
    }

    private func readMore() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == EAGAIN { throw Failure(call: "recv timed out") }
        guard count > 0 else { return false }
        pending += buffer[..<count]
        return true
    }
}

/// Runs blocking work on a thread of its own, so that the few threads that run the service stay free.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Sends one request on a connection of its own and reads its answer.
func exchange(_ port: Int, _ request: String) async throws -> RawConnection.Answer? {
    try await onThread {
        let connection = try RawConnection(port: port)
        try connection.send(request)
        return try connection.receive()
    }
}
