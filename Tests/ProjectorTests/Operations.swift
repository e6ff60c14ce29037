import Ledger
import Projector

/// Random entries of our own: attempts and what came of them, lookups, operators, starts and stops, settings. They need
/// not make sense together: whatever the log holds, the fold is one function of it.
struct Operations {
    private var dice: Dice
    private var attempts: [String] = []
    private var seen: [(group: String, pair: HoldBody.Pair)] = []
    private var mayBeHeld = false
    private let organization: String?

    init(seed: UInt64, organization: String?) {
        dice = Dice(seed: seed)
        self.organization = organization
    }

    /// `entries` of a history with entries of our own among them.
    mutating func mixed(into drafts: [History.Draft]) throws -> [History.Draft] {
        try drafts.flatMap { draft in
            see(String(decoding: draft.body, as: UTF8.self))
            return try [draft] + (dice.roll(60) ? [next()] : [])
        }
    }

    private mutating func see(_ text: String) {
        guard let group = text.firstMatch(of: /"(00[gG][0-9])"/)?.1, let user = text.firstMatch(of: /"(00u[0-9])"/)?.1,
            let event = text.firstMatch(of: /"uuid": ?"([^"]*)"/)?.1
        else { return }
        let present = text.contains("user_membership.add")
        seen.append((String(group), .init(user: String(user), present: present, event: String(event))))
    }

    mutating func next() throws -> History.Draft {
        if mayBeHeld, dice.roll(50) {
            mayBeHeld = false
            return try draft(.operatorAction, action(.approve))
        }
        return switch dice.number(1...100) {
        case ...28: try draft(.scimAttempt, attempt())
        case ...52: try draft(.scimOutcome, outcome())
        case ...60: try dice.roll(80) ? draft(.scimObservation, observation()) : draft(.scimObservation, directory())
        case ...66: try draft(.scimObservation, members())
        case ...68: try draft(.scimProof, proof())
        case ...80: try draft(.operatorAction, action())
        case ...86: try draft(.ledgerStarted, StartedBody(version: "1", schema: 1, listening: dice.roll(70)))
        case ...93: try draft(.pushHeld, hold())
        case ...94: try draft(.oktaCursor, cursor())
        case ...95: try draft(.ledgerStopped, StoppedBody(version: "1", tallies: ["deliveries": 3]))
        case ...98: try draft(.ledgerConfigured, settings())
        default: History.Draft(kind: .scimAttempt, body: Array("not ours".utf8))
        }
    }

    private func draft(_ kind: Kind, _ body: some Encodable) throws -> History.Draft {
        History.Draft(kind: kind, body: try EntryJSON.encode(body))
    }

    private mutating func group() -> String { dice.pick(["00g1", "00g2", "00G1"]) }
    private mutating func user() -> String { dice.pick(["00u1", "00u2", "00u3"]) }

    private mutating func attempt() -> AttemptBody {
        let id = attempts.isEmpty || dice.roll(90) ? "attempt-\(attempts.count)" : dice.pick(attempts)
        attempts.append(id)
        let users = ["00u1", "00u2", "00u3"].shuffled(using: &dice).prefix(dice.number(1...3))
        return AttemptBody(
            id: id,
            group: group(),
            directoryGroup: "d-g",
            changes: users.map { .init(user: $0, member: "d-\($0)", present: dice.roll(50)) },
            method: "PATCH",
            path: "/Groups/d-g",
            body: "{}",
            tryNumber: dice.number(1...3)
        )
    }

    private mutating func outcome() -> OutcomeBody {
        OutcomeBody(
            attempt: attempts.isEmpty ? "nobody's" : dice.pick(attempts.suffix(4)),
            result: dice.pick(OutcomeBody.Result.allCases),
            status: dice.roll(70) ? dice.number(200...599) : nil,
            requestID: dice.roll(50) ? "request" : nil,
            detail: nil,
            durationMilliseconds: 12,
            retryAt: dice.roll(50) ? History.start * 1_000_000 + Int64(dice.number(0...9_999)) : nil,
            holdUntil: dice.roll(20) ? History.start * 1_000_000 + Int64(dice.number(0...9_999)) : nil,
            atFault: dice.roll(20) ? [user()] : nil,
            split: dice.roll(20) ? true : nil
        )
    }

    private mutating func cursor() -> CursorBody {
        let from = History.start * 1_000_000 + Int64(dice.number(0...9_999))
        return CursorBody(
            run: "run",
            from: from,
            until: dice.roll(80) ? from + Int64(dice.number(0...2_000)) : nil,
            overlap: 100,
            clockOffset: 0,
            next: nil,
            counts: CursorBody.Counts()
        )
    }

    private mutating func proof() -> ProofBody {
        ProofBody(
            verdict: dice.pick(ProofBody.Verdict.allCases),
            dialect: dice.pick(["aws", "rfc"]),
            group: group(),
            directoryGroup: "d-g",
            attempt: "attempt-0",
            members: ["d-00u1"]
        )
    }

    private mutating func observation() -> ObservationBody {
        let finding = dice.roll(60) ? Finding.bound : dice.pick(Finding.allCases)
        let subject: ObservationBody.Subject = dice.roll(50) ? .user : .group
        return ObservationBody(
            subject: subject,
            id: subject == .user ? user() : group(),
            finding: finding,
            directoryID: finding == .bound ? "d-\(dice.number(1...4))" : nil,
            detail: dice.roll(50) ? "externalId" : nil
        )
    }

    private mutating func members() -> MembersBody {
        let users = ["00u1", "00u2", "00u3"].shuffled(using: &dice).prefix(dice.number(1...3))
        return MembersBody(
            group: group(),
            directoryGroup: "d-\(dice.number(1...4))",
            asOf: Int64(dice.roll(60) ? 1_000_000 : dice.number(0...60)),
            found: 2,
            unknown: 1,
            pairs: users.map { .init(user: $0, member: "d-\(dice.number(1...4))", present: dice.roll(50)) }
        )
    }

    private mutating func directory() -> DirectoryBody {
        guard dice.roll(70) else { return DirectoryBody(nil) }
        let until = dice.roll(50) ? History.start * 1_000_000 + Int64(dice.number(0...9_999)) : nil
        let kind = dice.pick(DirectoryTrouble.Kind.allCases)
        return DirectoryBody(DirectoryTrouble(kind: kind, detail: dice.roll(50) ? "HTTP" : nil, since: 0, until: until))
    }

    /// Most list events as they were seen, so that they last; some list a user twice, which has no effect.
    private mutating func hold() -> HoldBody {
        mayBeHeld = true
        let group = seen.last?.group ?? group()
        let known = Dictionary(seen.filter { $0.group == group }.map { ($0.pair.user, $0.pair) }) { $1 }
        return HoldBody(
            group: group,
            reason: dice.pick(HoldBody.Reason.allCases),
            counted: 51,
            allowed: 50,
            realSize: dice.roll(50) ? 60 : nil,
            window: 3_600_000_000,
            pairs: known.values.sorted { $0.user < $1.user }
                + (dice.roll(20) ? [.init(user: user(), present: dice.roll(60), event: nil)] : [])
        )
    }

    private mutating func action(_ action: OperatorBody.Action? = nil) -> OperatorBody {
        OperatorBody(
            action: action ?? dice.pick([.pause, .resume, .release, .reassert, .replay, .approve, .reconcile]),
            operatorName: "ann",
            uid: 7,
            reason: "because",
            holds: (0...200).filter { _ in dice.roll(50) }.map(HoldBody.name(at:)),
            group: group(),
            from: dice.roll(50) ? Int64(dice.number(0...60)) : nil
        )
    }

    private mutating func settings() -> FoldSettings {
        FoldSettings(
            prefix: dice.pick(["AWS_", "S", ""]),
            organization: organization,
            directory: dice.pick(["https://directory.example", "https://other.example", nil])
        )
    }
}
