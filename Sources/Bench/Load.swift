import Foundation
import Sandbox

/// Deliveries of real shape that never repeat: invented ones, with a fresh eventId and event uuid written into each copy.
struct Ammunition {
    private struct Template {
        let request: [UInt8]
        /// Where the last 12 hexadecimal digits of the two ids stand.
        let idTails: [Int]
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private let templates: [Template]
    private var sent: UInt64 = 0
    /// The mean size of a body in bytes.
    let meanBody: Int

    /// Invents `count` different deliveries of one membership change each, of the last hour.
    init(count: Int, now: Int64, secret: String) {
        var generator = OktaGenerator(
            seed: 1,
            organisation: OktaOrganisation(users: 2_000, groups: 100),
            startingAt: now - 3_600_000_000_000
        )
        var templates: [Template] = []
        var bytes = 0
        for _ in 0..<count {
            let event = generator.change()
            let delivery = generator.delivery(of: [event])
            let head = """
                POST /okta/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: \(secret)\r\n\
                Content-Type: application/json\r\nContent-Length: \(delivery.body.count)\r\n\r\n
                """
            let request = Array(head.utf8) + delivery.body
            let tails = [delivery.eventID ?? "", event.uuid].compactMap { id in
                request.firstRange(of: Array(id.utf8)).map { $0.upperBound - 12 }
            }
            templates.append(Template(request: request, idTails: tails))
            bytes += delivery.body.count
        }
        self.templates = templates
        meanBody = bytes / count
    }

    /// The bytes of the next request.
    mutating func next() -> [UInt8] {
        let template = templates[Int(sent % UInt64(templates.count))]
        sent += 1
        var request = template.request
        for tail in template.idTails {
            for place in 0..<12 {
                request[tail + 11 - place] = Self.digits[Int(sent >> (4 * UInt64(place)) & 15)]
            }
        }
        return request
    }
}

/// What one load gave.
struct LoadResult {
    /// Answers a second.
    let rate: Double
    /// 99 of 100 answers came within this, in milliseconds.
    let p99: Double
    /// The share of one core that the client itself used.
    let clientShare: Double
}

/// One thread that keeps one request under way on each of many kept connections: the least that a client can cost.
enum Load {
    /// Puts the load on for some seconds; the first fifth is not counted.
    static func run(
        port: Int,
        connections: Int,
        seconds: Double,
        _ ammunition: inout Ammunition
    ) throws -> LoadResult {
        let sockets = try (0..<connections).map { _ in try connected(to: port) }
        defer { for socket in sockets { close(socket) } }
        var polls = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var sentAt = [Int64](repeating: 0, count: connections)
        var times: [Int64] = []
        let begin = Machine.nanoseconds()
        let countFrom = begin + Int64(seconds * 0.2e9)
        let end = begin + Int64(seconds * 1e9)
        for index in sockets.indices {
            sentAt[index] = Machine.nanoseconds()
            try send(ammunition.next(), to: sockets[index])
        }
        let processorBefore = processorNanoseconds()
        while true {
            guard poll(&polls, nfds_t(polls.count), 5_000) > 0 else { throw BenchError("no answer for 5 s") }
            var now: Int64 = 0
            for index in polls.indices where polls[index].revents != 0 {
                try receiveAnswer(from: sockets[index])
                now = Machine.nanoseconds()
                if now >= countFrom { times.append(now - sentAt[index]) }
                sentAt[index] = now
                try send(ammunition.next(), to: sockets[index])
            }
            if now >= end { break }
        }
        let used = Double(processorNanoseconds() - processorBefore)
        let elapsed = Double(Machine.nanoseconds() - begin)
        times.sort()
        return LoadResult(
            rate: Double(times.count) / (Double(Machine.nanoseconds() - countFrom) / 1e9),
            p99: times.isEmpty ? .nan : Double(times[min(times.count - 1, times.count * 99 / 100)]) / 1e6,
            clientShare: used / elapsed
        )
    }

    private static func processorNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func connected(to port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, status == 0 else { throw BenchError("cannot connect to port \(port)") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// MSG_NOSIGNAL of send(2); Glibc's module gives it another type in each kind of build.
    private static let noSignal: Int32 = 0x4000

    private static func send(_ bytes: [UInt8], to socket: Int32) throws {
        guard Glibc.send(socket, bytes, bytes.count, noSignal) == bytes.count else {
            throw BenchError("the listener closed a connection")
        }
    }

    /// One answer without a body; anything but 200 ends the benchmark.
    private static func receiveAnswer(from socket: Int32) throws {
        let status = Array("HTTP/1.1 200".utf8)
        let end = Array("\r\n\r\n".utf8)
        try withUnsafeTemporaryAllocation(byteCount: 2_048, alignment: 1) { buffer in
            var count = 0
            repeat {
                let read = recv(socket, buffer.baseAddress?.advanced(by: count), buffer.count - count, 0)
                guard read > 0 else { throw BenchError("the listener closed a connection") }
                count += read
            } while count < 4 || !buffer[(count - 4)..<count].elementsEqual(end)
            guard buffer.starts(with: status) else {
                throw BenchError("refused: \(String(decoding: buffer[..<count], as: UTF8.self))")
            }
        }
    }
}
