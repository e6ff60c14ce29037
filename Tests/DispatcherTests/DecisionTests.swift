import HTTPTransport
import Projector
import SCIM
import Testing

@testable import Dispatcher

@Suite struct `How long to wait` {
    @Test func `a delay doubles up to its longest, and jitter takes at most half of it`() {
        let backoff = Backoff(first: 1_000, longest: 60_000)
        for failures in [1, 2, 3, 6, 7, 40, .max] {
            let full = failures > 6 ? 60_000 : Int64(1_000) << Int64(failures - 1)
            #expect(backoff.delay(failures: failures, jitter: 0) == full / 2)
            #expect(backoff.delay(failures: failures, jitter: 0.999_999) <= full)
        }
        #expect(Backoff.refused.delay(failures: 1_000, jitter: 0) == 1_800_000_000)
    }

    @Test(arguments: [
        (204, OutcomeBody.Result.applied), (200, .applied), (400, .refused), (404, .refused), (409, .refused),
        (301, .unauthorized), (401, .unauthorized), (403, .unauthorized), (429, .throttled), (500, .unknown),
        (503, .unknown), (408, .unknown), (501, .refused),
    ])
    func `a status says what is known`(status: Int, result: OutcomeBody.Result) {
        let body = Given.outcome(Given.answer(status), of: Given.batch(users: ["u", "v"]))
        #expect(body.result == result)
        #expect(body.status == status)
        #expect((body.retryAt == nil) == (result == .applied || result == .refused))
    }

    @Test func `only a connection never made is known to have changed nothing`() {
        #expect(Given.outcome(Given.failure(.couldNotConnect, arrived: false)).result == .notSent)
        #expect(Given.outcome(Given.failure(.connectionLost, arrived: true)).result == .unknown)
    }

    @Test func `a pair refused alone waits by its own refusals`() {
        let waits = (0..<3).map { Given.outcome(Given.answer(400), of: Given.batch(refusals: $0), now: 5).retryAt }
        #expect(waits == [15_000_005, 30_000_005, 60_000_005])
    }

    @Test func `Retry-After is waited for, after a 429 as after a 503`() {
        #expect(
            Given.outcome(Given.answer(429, retryAfter: 90), of: Given.batch(failures: 3), now: 7).retryAt == 90_000_007
        )
        #expect(Given.outcome(Given.answer(503, retryAfter: 90), now: 7).retryAt == 90_000_007)
        #expect(
            Given.outcome(Given.answer(503, retryAfter: 1), of: Given.batch(failures: 9), now: 7).retryAt == 30_000_007
        )
    }
}

@Suite struct `Who is who` {
    private func user(
        _ byExternalID: Lookup<SCIMUser>,
        _ byUserName: Lookup<SCIMUser>? = nil,
        known: Binding? = nil,
        holder: String? = nil
    ) -> ObservationBody {
        let question = Question(subject: Subject(kind: .user, id: "u"), name: "login", known: known)
        return Resolution.observation(
            question,
            .user(byExternalID: byExternalID, byUserName: byUserName),
            holder: holder
        )
    }

    private func group(_ answer: Lookup<SCIMGroup>, name: String = "AWS_g", known: Binding? = nil) -> ObservationBody {
        let question = Question(subject: Subject(kind: .group, id: "g"), name: name, known: known)
        return Resolution.observation(question, .group(byDisplayName: answer), holder: nil)
    }

    private func account(_ id: String = "X", externalID: String?) -> Lookup<SCIMUser> {
        .found(SCIMUser(id: id, externalID: externalID, userName: "login", active: true))
    }

    @Test func `the account with the Okta id is the user's`() {
        let found = user(account(externalID: "u"))
        #expect(found.finding == .bound)
        #expect(found.directoryID == "X")
        #expect(found.detail == "externalId u")
    }

    @Test func `the account with the login is the user's if it has no other external id`() {
        #expect(user(.notFound, account(externalID: nil)).finding == .bound)
        #expect(user(.notFound, account(externalID: "")).finding == .bound)
        #expect(user(.notFound, account(externalID: "other")).finding == .taken)
    }

    @Test func `an account has one holder at a time`() {
        #expect(user(account(externalID: "u"), holder: "other").finding == .taken)
        #expect(user(account(externalID: "u"), holder: "u").finding == .bound)
    }

    @Test func `of several nobody chooses`() {
        #expect(user(.ambiguous(count: 2)).finding == .ambiguous)
        #expect(user(.notFound, .ambiguous(count: 2)).finding == .ambiguous)
        #expect(group(.ambiguous(count: 2)).finding == .ambiguous)
    }

    @Test func `only what was bound can be gone`() {
        #expect(user(.notFound, .notFound).finding == .notFound)
        let bound = Given.binding("X", detail: "userName login")
        #expect(user(.notFound, .notFound, known: bound).finding == .gone)
        #expect(user(.notFound, .notFound, known: Given.binding(nil, .gone)).finding == .gone)
        #expect(user(.notFound, .notFound, known: Given.binding(nil, .taken)).finding == .notFound)
    }

    @Test func `what is still there under its own id stays bound, whatever it is called now`() {
        let bound = Given.binding("G", detail: "displayName AWS_g")
        let question = Question(subject: Subject(kind: .group, id: "g"), name: "AWS_new", known: bound)
        let renamed = Resolution.observation(question, .stillThere(bound), holder: "g")
        #expect(renamed.finding == .bound)
        #expect(renamed.repeats(bound))
        #expect(group(.notFound, name: "AWS_new", known: bound).finding == .gone)
    }

    @Test(arguments: ["", ".", "..", String(repeating: "x", count: 513)])
    func `an id that no request can name is not bound`(id: String) {
        #expect(user(account(id, externalID: "u")).finding == .notFound)
        #expect(group(.found(SCIMGroup(id: id, displayName: "AWS_g", externalID: nil))).finding == .notFound)
    }
}

@Suite struct `The plan` {
    private func plant() throws -> Plant {
        let plant = Plant(isProved: false)
        for user in 1...3 { try plant.tell(user, in: 1) }
        try plant.time.run { try await plant.ledger.wait(through: 2) }
        return plant
    }

    private func plan(_ plant: Plant, from: Int64? = nil, reassert: Bool = false) throws -> PushPlan {
        try PushPlan(PushPlan.Selection(from: from, reassert: reassert), plant.ledger.state)
    }

    @Test func `one state has one plan, whatever the order in which groups are read`() throws {
        let (first, second) = (try plan(plant()), try plan(plant()))
        #expect(first.id == second.id)
        #expect(first.id.count == 16)
    }

    @Test func `another change, another selection of changes, or another event has another id`() throws {
        let plant = try plant()
        let before = try plan(plant)
        let later = try plan(plant, from: 1)
        #expect(later.id != before.id)
        try plant.tell(2, in: 1, present: false)
        try plant.time.run { try await plant.ledger.wait(through: 3) }
        let after = try plan(plant)
        #expect(after.id != before.id)
        #expect(after.pairs == before.pairs)
    }

    @Test func `a plan to reassert names what is applied already`() throws {
        let plant = try plant()
        plant.populate(users: 3, groups: 1)
        try plant.push()
        let plain = try plan(plant)
        #expect(plain.changes.isEmpty)
        let reasserted = try plan(plant, reassert: true)
        #expect(reasserted.changes.map(\.applied) == ["unknown", "unknown", "unknown"])
    }
}
