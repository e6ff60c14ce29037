import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Channel {
    /// Closes the connection with a TCP reset: a linger time of zero drops what was not sent.
    func reset() async throws {
        if let options = self as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await close(mode: .all)
    }
}

/// The port, for those who wait until the directory listens.
final class Promise: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Int, any Error>])
        case settled(Result<Int, SandboxNotListening>)
    }

    private let state = Mutex(State.waiting([]))

    func succeed(_ port: Int) { settle(.success(port)) }

    func fail(_ error: SandboxNotListening) { settle(.failure(error)) }

    /// The port, or the error, once there is one; the first counts.
    func value() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            let settled: Result<Int, SandboxNotListening>? = state.withLock { state in
                switch state {
                case .waiting(let waiting):
                    state = .waiting(waiting + [continuation])
                    return nil
                case .settled(let result):
                    return result
                }
            }
            if let settled { continuation.resume(with: settled.mapError { $0 as any Error }) }
        }
    }

    private func settle(_ result: Result<Int, SandboxNotListening>) {
        let waiting = state.withLock { state -> [CheckedContinuation<Int, any Error>] in
            guard case .waiting(let waiting) = state else { return [] }
            state = .settled(result)
            return waiting
        }
        for continuation in waiting { continuation.resume(with: result.mapError { $0 as any Error }) }
    }
}
