import Dispatch
import Foundation

/// The bytes of HTTP over a plain socket: nothing between the test and the wire adds a header or joins a path.
enum RawHTTP {
    enum Failure: Error, Equatable {
        case notConnected
        case reset
        case closedWithoutAnswer
        case timedOut
        case unreadable
    }

    /// Sends bytes and reads until the peer closes; waits for each byte no longer than `patience` milliseconds.
    static func exchange(port: Int, _ bytes: [UInt8], patience: Int = 20_000) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: a blocked pool thread would starve the server in the same process.
            Thread.detachNewThread {
                continuation.resume(with: Result { try blockingExchange(port: port, bytes, patience: patience) })
            }
        }
    }

    private static func blockingExchange(port: Int, _ bytes: [UInt8], patience: Int) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: patience / 1_000, tv_usec: patience % 1_000 * 1_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure.notConnected }
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure.reset
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                answer += buffer[..<count]
            } else if count == 0 {
                return answer
            } else if errno == ECONNRESET {
                throw Failure.reset
            } else {
                throw Failure.timedOut
            }
        }
    }
}

/// One answer, taken apart.
struct Answer {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    init(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { throw RawHTTP.Failure.closedWithoutAnswer }
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) })
        else { throw RawHTTP.Failure.unreadable }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ")[1]) else { throw RawHTTP.Failure.unreadable }
        self.status = status
        headers = Dictionary(
            lines.dropFirst().map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
            },
            uniquingKeysWith: { first, _ in first }
        )
        body = Array(bytes[(end + 4)...])
    }

    /// The body as a JSON object; empty if it is none.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }

    var detail: String? { json["detail"] as? String }
    var id: String { json["id"] as? String ?? "" }
    var resources: [[String: Any]] { json["Resources"] as? [[String: Any]] ?? [] }
    var ids: [String] { resources.compactMap { $0["id"] as? String } }
}
