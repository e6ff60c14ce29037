import CLibcurl

/// What the thread of `MultiLoop` does in one turn. It belongs to that thread.
final class MultiDriver {
    private let multi: MultiHandle
    private let options: HTTPClientOptions
    private var transfers: [UInt64: Transfer] = [:]

    init(_ multi: MultiHandle, _ options: HTTPClientOptions) {
        self.multi = multi
        self.options = options
    }

    /// Follows the commands, moves all transfers, ends those that are over or late, then waits for something to do.
    func turn(_ commands: [MultiLoop.Command]) {
        for command in commands {
            switch command {
            case .start(let exchange): start(exchange)
            case .cancel(let identifier): transfers[identifier].map { abort($0, .cancelled) }
            }
        }
        multi.perform()
        while let done = unsafe multi.nextDone() {
            unsafe finish(done.easy, done.code)
        }
        let now = ContinuousClock.now
        for transfer in transfers.values {
            let deadline = transfer.nextDeadline
            if deadline.instant <= now { abort(transfer, .timedOut(deadline.phase)) }
        }
        multi.wait(milliseconds: pause(from: now))
    }

    /// Ends everything, what waited in the inbox included.
    func close(with commands: [MultiLoop.Command]) {
        for transfer in transfers.values { abort(transfer, .shutDown) }
        for case .start(let exchange) in commands {
            let error = TransportError(.shutDown, requestMayHaveArrived: false)
            exchange.continuation.resume(returning: .failure(error))
        }
    }

    private func start(_ exchange: Exchange) {
        do throws(TransportError) {
            let transfer = try Transfer(exchange, options)
            let code = unsafe multi.add(transfer.easy)
            guard code == CURLM_OK else {
                throw TransportError(.failed, requestMayHaveArrived: false, detail: "curl_multi_add: \(code.rawValue)")
            }
            transfers[exchange.identifier] = transfer
        } catch {
            exchange.continuation.resume(returning: .failure(error))
        }
    }

    private func finish(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) {
        guard let transfer = unsafe Transfer.of(easy) else { return }
        end(transfer, transfer.result(code))
    }

    private func abort(_ transfer: Transfer, _ kind: TransportError.Kind) {
        end(transfer, .failure(TransportError(kind, requestMayHaveArrived: transfer.wasSent)))
    }

    /// Every transfer ends here: out of the multi handle first, so that libcurl no longer holds what is freed.
    private func end(_ transfer: Transfer, _ result: Result<HTTPResponse, TransportError>) {
        unsafe multi.remove(transfer.easy)
        transfers[transfer.exchange.identifier] = nil
        transfer.exchange.continuation.resume(returning: result)
    }

    /// How long nothing of ours is due, at most a minute. Libcurl shortens it by its own timers.
    private func pause(from now: ContinuousClock.Instant) -> CInt {
        let next = transfers.values.lazy.map(\.nextDeadline.instant).min() ?? now + .seconds(60)
        return CInt(max(0, min(60_000, (next - now).wholeMilliseconds)))
    }
}
