import Projector
import SCIM

extension OutcomeBody {
    /// What the log keeps of an outcome. Pure.
    /// - Parameters:
    ///   - outcome: what came back.
    ///   - attempt: the attempt.
    ///   - batch: what was sent.
    ///   - isToBeSplit: whether it is split if the directory failed at it.
    ///   - probes: how many probes in a row met trouble with the directory as a whole.
    ///   - now: microseconds since 1970.
    ///   - jitter: 0 ..< 1.
    init(
        _ outcome: SCIMOutcome,
        attempt: String,
        of batch: Batch,
        isToBeSplit: Bool,
        probes: Int = 0,
        now: Int64,
        jitter: Double
    ) {
        let isSplit = isToBeSplit && outcome.isFailureOfServer
        let (result, delay) = Self.judge(outcome, of: batch, isSplit: isSplit, probes: probes, jitter: jitter)
        self.init(
            attempt: attempt,
            result: result,
            status: outcome.status,
            requestID: outcome.requestID,
            detail: outcome.transportError.map { "\($0)" } ?? (outcome.body.isEmpty ? nil : outcome.body),
            durationMilliseconds: Int(outcome.duration / .milliseconds(1)),
            retryAt: delay.map { now + $0 },
            holdUntil: outcome.retryAfter.map { now + max($0.microseconds, Backoff.throttled.first) },
            atFault: outcome.named(in: batch),
            split: isSplit ? true : nil
        )
    }

    private static func judge(
        _ outcome: SCIMOutcome,
        of batch: Batch,
        isSplit: Bool,
        probes: Int,
        jitter: Double
    ) -> (Result, delay: Int64?) {
        let failures = batch.tryNumber - 1
        let alone = batch.changes.count == 1 ? Backoff.refused.delay(failures: batch.refusals + 1, jitter: jitter) : nil
        return switch outcome.classification {
        case .applied:
            (.applied, nil)
        case .refused:
            (.refused, alone)
        case .notSent:
            (.notSent, Backoff.transport.delay(failures: failures + 1, jitter: jitter))
        case .unknown where isSplit:
            (.unknown, alone)
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
            (.throttled, Backoff.throttled.delay(failures: probes + 1, jitter: jitter))
        case .unauthorized:
            (.unauthorized, Backoff.unauthorized.delay(failures: failures + 1, jitter: jitter))
        }
    }
}

extension SCIMOutcome {
    /// Whether the directory answered that it failed.
    fileprivate var isFailureOfServer: Bool { classification == .unknown(.serverFailed) }

    /// The users whom a refusal of several names by their directory ids; `nil` where it names none, or so many that it
    /// may only repeat what was asked.
    fileprivate func named(in batch: Batch) -> [String]? {
        guard batch.changes.count > 1, case .refused(let refusal) = classification,
            let detail = refusal.explanation.detail
        else { return nil }
        let words = Set(detail.split { !($0.isLetter || $0.isNumber || "-_.".contains($0)) }.map(String.init))
        // A sentence may end with an id.
        let named = batch.changes.filter { words.contains($0.member) || words.contains($0.member + ".") }.map(\.user)
        return named.isEmpty || named.count > 3 || named.count == batch.changes.count ? nil : named
    }
}
