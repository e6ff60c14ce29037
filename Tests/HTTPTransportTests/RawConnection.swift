import Dispatch

#if canImport(Glibc)
    import Glibc
    private let noSignal = CInt(MSG_NOSIGNAL)
#else
    import Darwin
    private let noSignal: CInt = 0
#endif

/// One accepted connection.
struct RawConnection {
    fileprivate let descriptor: CInt
    /// Counts from 1.
    let number: Int

    init(descriptor: CInt, number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    /// Reads one request; nil where the other side has closed.
    func readRequest() -> RawRequest? {
        var bytes: [UInt8] = []
        while true {
            if let request = RawRequest(bytes) { return request }
            guard let chunk = read() else { return nil }
            bytes += chunk
        }
    }

    /// Answers every request in the same way until the other side closes.
    func answerAll(_ answer: (RawRequest) -> String) {
        while let request = readRequest() { write(answer(request)) }
    }

    /// Whatever arrives next; nil at the end.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Passes bytes both ways between this connection and a port of this machine until either side closes.
    func relay(to port: UInt16) {
        guard let target = try? connectToLoopback(port) else { return }
        let far = RawConnection(descriptor: target, number: number)
        let ended = DispatchSemaphore(value: 0)
        startThread {
            while let bytes = read(), far.write(bytes) {}
            shutdown(target, CInt(SHUT_RDWR))
            ended.signal()
        }
        while let bytes = far.read(), write(bytes) {}
        shutdown(descriptor, CInt(SHUT_RDWR))
        ended.wait()
        close(target)
    }

    /// Writes all of it; false where the other side is gone.
    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Writes all of it; false where the other side is gone.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// Blocks until the other side closes.
    func waitForClose() {
        while read() != nil {}
    }

    /// Lets the close that follows send a reset instead of an orderly end.
    func resetOnClose() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }
}

/// A request as it came over the wire.
struct RawRequest: Sendable {
    let requestLine: String
    let headerLines: [String]
    let body: [UInt8]

    /// Nil as long as the bytes are not a whole request.
    init?(_ bytes: [UInt8]) {
        let end = Array("\r\n\r\n".utf8)
        guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n").map(String.init)
        requestLine = lines[0]
        headerLines = Array(lines.dropFirst())
        body = Array(bytes[(split + 4)...])
        guard body.count >= value("content-length").flatMap({ Int($0) }) ?? 0 else { return nil }
    }

    func value(_ name: String) -> String? {
        headerLines.first { $0.lowercased().hasPrefix(name + ":") }
            .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
    }
}

/// A complete answer.
func answer(_ status: String = "200 OK", headers: [String] = [], body: String = "") -> String {
    let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)"]
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}
