import CLibcurl
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The door to the one thread that drives a `CURLM`: what comes in from other threads goes through its inbox.
///
/// The inbox is the only state shared between threads. Transfers and connections belong to the thread alone.
final class MultiLoop: Sendable {
    private enum Phase {
        case open
        case closing
        case ended
    }

    private struct Inbox {
        var commands: [Command] = []
        var phase = Phase.open
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// What the thread is asked to do.
    enum Command {
        case start(Exchange)
        case cancel(UInt64)
    }

    private let inbox = Mutex(Inbox())
    private let multi: MultiHandle
    private let options: HTTPClientOptions

    init(_ options: HTTPClientOptions) throws(TransportError) {
        self.options = options
        multi = try MultiHandle(options)
    }

    /// Starts the thread, detached: `closeAndWait` waits for its last step instead of joining it.
    func startThread() throws(TransportError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        defer { unsafe pthread_attr_destroy(&attributes) }
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        let retained = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(&thread, &attributes, runMultiLoop, retained.toOpaque())
        guard code == 0 else {
            unsafe retained.release()
            multi.cleanUp()
            throw TransportError(.failed, requestMayHaveArrived: false, detail: "no thread could be started (\(code))")
        }
    }

    /// Hands over an exchange; after closing it is refused at once.
    func submit(_ exchange: Exchange) {
        let wasAccepted = put(.start(exchange))
        if !wasAccepted {
            let error = TransportError(.shutDown, requestMayHaveArrived: false)
            exchange.continuation.resume(returning: .failure(error))
        }
    }

    /// Ends the transfer of an exchange that was submitted before; does nothing if it is over.
    func cancel(_ identifier: UInt64) {
        _ = put(.cancel(identifier))
    }

    /// Asks the thread to end everything.
    func close() {
        inbox.withLock { inbox in
            guard inbox.phase == .open else { return }
            inbox.phase = .closing
            multi.wakeUp()
        }
    }

    /// Asks the thread to end everything and waits until it has.
    func closeAndWait() async {
        close()
        await withCheckedContinuation { continuation in
            let hasEnded = inbox.withLock { inbox in
                if inbox.phase != .ended { inbox.waiters.append(continuation) }
                return inbox.phase == .ended
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func put(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard inbox.phase == .open else { return false }
            inbox.commands.append(command)
            // Under the lock, because the thread frees the handle only after it has left the open phase under it.
            multi.wakeUp()
            return true
        }
    }

    /// What the thread does from first to last.
    fileprivate func run() {
        blockSIGPIPE()
        let driver = MultiDriver(multi, options)
        while let commands = takeCommands() {
            driver.turn(commands)
        }
        driver.close(with: inbox.withLock { inbox in exchange(&inbox.commands, with: []) })
        multi.cleanUp()
        let waiters = inbox.withLock { inbox in
            inbox.phase = .ended
            return exchange(&inbox.waiters, with: [])
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The commands that have come in, nil once the loop is closing.
    private func takeCommands() -> [Command]? {
        inbox.withLock { inbox in
            inbox.phase == .open ? exchange(&inbox.commands, with: []) : nil
        }
    }

    /// Writing to a connection that the other side has closed would end the process: with `CURLOPT_NOSIGNAL`, libcurl
    /// leaves that signal to us. Blocked on this thread alone, it stays pending there and harms nothing.
    private func blockSIGPIPE() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

/// The thread's entry. Takes over the reference that `startThread` retained.
private func runMultiLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context {
        unsafe Unmanaged<MultiLoop>.fromOpaque(context).takeRetainedValue().run()
    }
    return nil
}
