import CLibcurl

/// What the thread of `MultiLoop` does in one turn. It belongs to that thread.
final class MultiDriver {
    private let multi: MultiHandle
    private let options: HTTPClientOptions
    private var transfers: [UInt64: Transfer] = [:]
    private var openings = Openings()

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
        for transfer in openings.next(of: transfers.values, now: now) { handOver(transfer) }
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
            transfers[exchange.identifier] = try Transfer(exchange, options)
        } catch {
            exchange.continuation.resume(returning: .failure(error))
        }
    }

    /// Gives a transfer to libcurl, which has to be asked to look at it by another `perform`.
    private func handOver(_ transfer: Transfer) {
        do throws(TransportError) {
            try transfer.setVersion()
            let code = unsafe multi.add(transfer.easy)
            guard code == CURLM_OK else {
                throw TransportError(.failed, requestMayHaveArrived: false, detail: "curl_multi_add: \(code.rawValue)")
            }
            transfer.isHandedOver = true
        } catch {
            end(transfer, .failure(error))
        }
    }

    private func finish(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) {
        guard let transfer = unsafe Transfer.of(easy) else { return }
        let result = transfer.result(code)
        if case .success(let response) = result { openings.learn(response.version, from: transfer) }
        end(transfer, result)
    }

    private func abort(_ transfer: Transfer, _ kind: TransportError.Kind) {
        transfer.forbidReuse()
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
        let next = transfers.values.lazy.map(\.nextDue).min() ?? now + .seconds(60)
        return CInt(max(0, min(60_000, (next - now).wholeMilliseconds)))
    }
}
