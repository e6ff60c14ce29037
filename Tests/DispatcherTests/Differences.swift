import HTTPTransport
import Okta
import Projector

@testable import Dispatcher
@testable import SCIM

/// Differences made by hand.
enum Given {
    static func binding(_ id: String?, _ finding: Finding = .bound, detail: String? = nil) -> Binding {
        Binding(finding: finding, directoryID: finding == .bound ? id : nil, detail: detail, at: 0)
    }

    static func change(
        _ user: String,
        present: Bool = true,
        member: String? = nil,
        bound: Bool = true,
        limit: Int? = nil,
        retryAt: Int64? = nil,
        refusals: Int = 0,
        login: String? = nil,
        uuid: String = "e",
        released: Bool = false
    ) -> GroupDifference.Change? {
        var pair = PairState()
        let order = EventOrder(published: Instant(nanoseconds: 0), removes: !present, uuid: uuid)
        pair.decision = Decision(order: order, position: 0)
        pair.batchLimit = limit
        pair.retryAt = retryAt
        pair.refusals = refusals
        pair.released = released ? 7 : nil
        var state = UserState()
        state.login = login ?? "\(user)@x"
        state.binding = bound ? binding(member ?? user.uppercased()) : nil
        return GroupDifference.Change(user: user, pair: pair, state: state)
    }

    static func difference(
        of group: String = "g",
        name: String? = "AWS_g",
        bound: Bool = true,
        retryAt: Int64? = nil,
        failures: Int = 0,
        waitReason: String? = nil,
        hold: Int64? = nil,
        holdReason: HoldBody.Reason = .removals,
        _ changes: [GroupDifference.Change?]
    ) -> GroupDifference {
        var state = GroupState()
        state.name = name
        state.binding = bound ? binding(group.uppercased()) : nil
        state.retryAt = retryAt
        state.failures = failures
        state.waitReason = waitReason
        state.hold = hold
        return GroupDifference(
            group: group,
            state: state,
            holdReason: hold == nil ? nil : holdReason,
            changes: changes.compactMap(\.self)
        )
    }

    static func answer(
        _ status: Int,
        retryAfter: Int? = nil,
        now: Int64 = 0
    ) -> SCIMOutcome {
        let headers = retryAfter.map { [(name: "Retry-After", value: "\($0)")] } ?? []
        return SCIMOutcome(
            of: .success(HTTPResponse(status: status, headers: headers)),
            duration: .milliseconds(3),
            now: now
        )
    }

    static func failure(_ kind: TransportError.Kind, arrived: Bool) -> SCIMOutcome {
        SCIMOutcome(of: .failure(TransportError(kind, requestMayHaveArrived: arrived)), duration: .zero, now: 0)
    }

    static func outcome(
        _ answer: SCIMOutcome,
        of batch: Batch = batch(),
        isToBeSplit: Bool = false,
        now: Int64 = 0
    ) -> OutcomeBody {
        OutcomeBody(answer, attempt: "a", of: batch, isToBeSplit: isToBeSplit, now: now, jitter: 0)
    }
}

extension Given {
    /// Of one change, unless said otherwise.
    static func batch(failures: Int = 0, refusals: Int = 0, users: [String] = ["u"]) -> Batch {
        let changes = users.map { change($0, refusals: refusals) }
        guard let batch = Batch(of: difference(failures: failures, changes), now: 0) else {
            preconditionFailure("users are given")
        }
        return batch
    }
}

/// A core to try things with.
final class Desk {
    private var core: DispatchCore

    init(parallel: Int = 16) { core = DispatchCore(parallel: parallel) }

    func resume(_ trouble: DirectoryTrouble?, now: Int64) { core.resume(trouble, now: now) }

    var target: Target { core.target }
    var running: Int { core.running }
    func wake(now: Int64) -> Int64? { core.wake(now: now) }

    func touch(_ groups: Set<String>) { core.touch(groups) }
    func advance(to now: Int64) { core.advance(to: now) }
    func next(now: Int64) -> DispatchCore.Step? { core.next(now: now) }
    func notBegun(_ batch: Batch, again: Int64) { core.notBegun(batch, again: again) }

    func plan(_ difference: GroupDifference, now: Int64) -> Batch? { core.plan(difference.group, difference, now: now) }

    /// Sends the only thing there is to send for a difference.
    func begin(_ difference: GroupDifference, now: Int64) -> Batch? {
        core.touch([difference.group])
        while let step = core.next(now: now) {
            if step == .read(group: difference.group) {
                let batch = plan(difference, now: now)
                if let batch { core.departed(batch) }
                return batch
            }
        }
        return nil
    }

    /// What came of a batch, and that it is folded.
    func end(_ batch: Batch, _ answer: SCIMOutcome, now: Int64) {
        let body = Given.outcome(answer, of: batch, isToBeSplit: core.isToBeSplit(batch), now: now)
        core.answered(batch, body, answer, now: now, jitter: 0)
        core.concluded(batch)
    }

    /// All lookups that may begin.
    func questions(now: Int64) -> [Question] {
        var questions: [Question] = []
        while case .ask(let question)? = core.next(now: now) { questions.append(question) }
        return questions
    }

    func lookedUp(_ question: Question, _ finding: Finding, now: Int64) {
        core.read(now: now, jitter: 0)
        core.lookedUp(question, finding, now: now)
    }

    func lookupFailed(_ question: Question, _ kind: SCIMError.Kind, now: Int64) {
        core.read(SCIMError(kind), now: now, jitter: 0)
        core.lookupFailed(question, SCIMError(kind), now: now)
    }
}
