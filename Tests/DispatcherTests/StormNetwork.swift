import Foundation
import HTTPTransport

@testable import Sandbox

/// The way to a sandbox directory on virtual time: HTTP requests go in raw, and every one that arrives is counted. It is
/// used on the one thread of a `VirtualTime` only, hence unchecked.
final class StormNetwork: @unchecked Sendable {
    static let url = "https://directory.example.com/tenant/scim/v2"

    let time: VirtualTime
    var core: DirectoryCore
    /// From leaving to arriving, in microseconds. The same for all, so that what arrives in a second left in a second.
    var wayThere: Int64 = 20_000
    /// From arriving to the answer's arrival.
    var wayBack: () -> Int64 = { 60_000 }

    /// While it is set no connection is made.
    var isDown = false

    /// Each PATCH that arrived, in order, with the directory's ids.
    private(set) var patches: [(group: String, members: [String], at: Int64)] = []
    /// Told of how many PATCHes arrived, at each.
    var didReceivePatch: (Int) -> Void = { _ in }
    /// Answers to reads that a living process got.
    private(set) var readsAnswered = 0
    /// 429 answers that were received.
    private(set) var throttled = 0
    /// The last change of membership that arrived.
    private(set) var lastArrival: Int64 = 0
    /// What left too early; empty if all is well.
    private(set) var tooEarly: [String] = []
    private var notBefore: Int64 = 0

    init(_ time: VirtualTime, _ core: DirectoryCore) {
        self.time = time
        self.core = core
    }

    /// The directory's id of a user.
    func memberID(_ externalID: String) -> String? { core.users.row(having: UserRecord.externalId(externalID))?.id }

    /// A new process does not know what an earlier one was told.
    func forgetRetryAfter() { notBefore = 0 }

    /// Sends one request; `isAlive` says whether the sender still is.
    func send(_ request: HTTPRequest, isAlive: @Sendable () -> Bool) async throws(TransportError) -> HTTPResponse {
        if time.now < notBefore {
            tooEarly.append("\(request.method) \(request.url) left \(notBefore - time.now) us before Retry-After")
        }
        if isDown { throw TransportError(.couldNotConnect, requestMayHaveArrived: false) }
        do {
            try await time.sleep(wayThere)
            guard isAlive() else { throw CancellationError() }
            let reaction = receive(request)
            let response: DirectoryResponse
            switch reaction {
            case .answer(let answer):
                response = answer
            case .answerLate(let answer, let milliseconds):
                try await time.sleep(Int64(milliseconds) * 1_000)
                response = answer
            case .reset:
                throw TransportError(.connectionLost, requestMayHaveArrived: true)
            case .hang:
                try await time.sleep(60_000_000)
                throw TransportError(.timedOut(.firstByte), requestMayHaveArrived: true)
            }
            try await time.sleep(wayBack())
            if isAlive(), request.method == "GET" { readsAnswered += 1 }
            return arrived(response)
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(.cancelled, requestMayHaveArrived: true)
        }
    }

    private func receive(_ request: HTTPRequest) -> Reaction {
        let target = String(request.url.dropFirst("https://directory.example.com".count))
        let raw = DirectoryRequest(
            method: request.method,
            target: target,
            headers: request.headers,
            body: request.body ?? []
        )
        let reaction = core.receive(raw, now: time.now * 1_000)
        if request.method == "PATCH" {
            lastArrival = time.now
            let group = String(target.split(separator: "/").last ?? "")
            patches.append((group, Self.members(request.body ?? []), time.now))
            didReceivePatch(patches.count)
        }
        return reaction
    }

    /// From here on the other side knows how long to wait.
    private func arrived(_ response: DirectoryResponse) -> HTTPResponse {
        let answer = HTTPResponse(status: response.status, headers: response.headers, body: response.body)
        guard response.status == 429 else { return answer }
        throttled += 1
        guard let value = answer.first("Retry-After") else { return answer }
        if let seconds = Int64(value) {
            notBefore = max(notBefore, time.now + seconds * 1_000_000)
        } else if let date = Self.dates.date(from: value) {
            notBefore = max(notBefore, Int64(date.timeIntervalSince1970) * 1_000_000)
        } else {
            tooEarly.append("no date: \(value)")
        }
        return answer
    }

    private static let dates: DateFormatter = {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter
    }()

    private static func members(_ body: [UInt8]) -> [String] {
        let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return (object?["Operations"] as? [[String: Any]] ?? []).flatMap { operation in
            (operation["value"] as? [[String: String]] ?? []).compactMap { $0["value"] }
        }
    }
}

/// One process's connections.
struct StormConnection: HTTPSender {
    let network: StormNetwork
    let isAlive: @Sendable () -> Bool

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try await network.send(request, isAlive: isAlive)
    }
}
