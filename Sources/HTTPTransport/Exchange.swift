/// A request on its way to the thread that carries it, with whoever waits for the answer.
///
/// Whoever holds it last resumes the continuation, exactly once.
struct Exchange: Sendable {
    /// Names the exchange towards `cancel`.
    let identifier: UInt64
    let request: HTTPRequest
    /// When `send` was called; deadlines count from here.
    let start: ContinuousClock.Instant
    let continuation: CheckedContinuation<Result<HTTPResponse, TransportError>, Never>
}
