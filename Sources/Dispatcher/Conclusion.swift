import Projector
import SCIM

extension OutcomeBody {
    /// What the log keeps of an outcome. Pure.
    /// - Parameters:
    ///   - outcome: what came back.
    ///   - attempt: the attempt.
    ///   - failures: failures of the group before this one.
    ///   - refusals: refusals of the pair before this one, where it stands alone.
    ///   - now: microseconds since 1970.
    ///   - jitter: 0 ..< 1.
    init(
        _ outcome: SCIMOutcome,
        attempt: String,
        failures: Int,
        refusals: Int?,
        now: Int64,
        jitter: Double
    ) {
        let (result, delay) = Self.judge(outcome, failures: failures, refusals: refusals, jitter: jitter)
        self.init(
            attempt: attempt,
            result: result,
            status: outcome.status,
            requestID: outcome.requestID,
            detail: outcome.transportError.map { "\($0)" } ?? (outcome.body.isEmpty ? nil : outcome.body),
            durationMilliseconds: Int(outcome.duration / .milliseconds(1)),
            retryAt: delay.map { now + $0 },
            holdUntil: outcome.retryAfter.map { now + max($0.microseconds, Backoff.throttled.first) }
        )
    }

    private static func judge(
        _ outcome: SCIMOutcome,
        failures: Int,
        refusals: Int?,
        jitter: Double
    ) -> (Result, delay: Int64?) {
        switch outcome.classification {
        case .applied:
            (.applied, nil)
        case .refused:
            (.refused, refusals.map { Backoff.refused.delay(failures: $0 + 1, jitter: jitter) })
        case .notSent:
            (.notSent, Backoff.transport.delay(failures: failures + 1, jitter: jitter))
        case .unknown:
            (
                .unknown,
                max(
                    Backoff.transport.delay(failures: failures + 1, jitter: jitter),
                    outcome.retryAfter?.microseconds ?? 0
                )
            )
        case .throttled(let wait?):
            (.throttled, max(wait.microseconds, Backoff.throttled.first))
        case .throttled(nil):
            (.throttled, Backoff.throttled.delay(failures: failures + 1, jitter: jitter))
        case .unauthorized:
            (.unauthorized, Backoff.unauthorized.delay(failures: failures + 1, jitter: jitter))
        }
    }
}
