import Foundation
import Ledger
import Okta
import Projector

/// A log in memory that is folded as it grows: a second passes between entries.
struct GrowingLog {
    let state = MemoryState()
    private var fold: Fold<MemoryState>
    private(set) var position: Int64 = -1
    private(set) var now = History.start * 1_000_000
    private var made = 0

    init(organization: String? = nil) {
        let settings = FoldSettings(prefix: "AWS_", organization: organization, directory: "https://directory.example")
        fold = Fold(state, settings: settings)
    }

    mutating func append(_ kind: Kind, _ body: some Encodable) throws {
        try append(kind, bytes: EntryJSON.encode(body))
    }

    mutating func append(_ kind: Kind, bytes: [UInt8]) throws {
        position += 1
        now += 1_000_000
        try fold.apply(
            ReadEntry(Entry(position: position, kind: kind, recordedAt: now, key: nil, body: bytes))
        )
    }

    // MARK: What Okta says

    /// A hook delivery of one event, published `at` seconds after the first entry.
    mutating func hook(
        _ type: String = SampleEvent.add,
        at seconds: Double = 0,
        user: String? = "00u1",
        group: String? = "00g1",
        named name: String? = "AWS_A",
        uuid: String? = nil
    ) throws {
        let event = event(type, seconds, user, group, name, uuid)
        try append(.oktaDelivery, bytes: Array(#"{"data":{"events":[\#(event.json)]}}"#.utf8))
    }

    /// The System Log's copy of an event.
    mutating func systemLog(
        _ type: String = SampleEvent.add,
        at seconds: Double = 0,
        user: String? = "00u1",
        group: String? = "00g1",
        named name: String? = "AWS_A",
        uuid: String? = nil
    ) throws {
        try append(.oktaLogEvent, bytes: Array(event(type, seconds, user, group, name, uuid).json.utf8))
    }

    private mutating func event(
        _ type: String,
        _ seconds: Double,
        _ user: String?,
        _ group: String?,
        _ name: String?,
        _ uuid: String?
    ) -> SampleEvent {
        made += 1
        var dice = Dice(seed: 1)
        let instant = History.start * 1_000_000_000 + Int64(seconds * 1_000) * 1_000_000
        return SampleEvent(
            uuid: uuid ?? "event-\(made)",
            type: type,
            instant: instant,
            published: SampleEvent.text(instant, &dice),
            group: group.map { .init(id: $0, type: "UserGroup", login: "unknown", name: name) },
            user: user.map { .init(id: $0, type: "User", login: "\($0)@example.com", name: "U") }
        )
    }

    // MARK: What we do

    mutating func attempt(
        _ id: String,
        _ changes: [String: Bool] = ["00u1": true],
        group: String = "00g1",
        released: Bool = false
    ) throws {
        let body = AttemptBody(
            id: id,
            group: group,
            directoryGroup: "d-g",
            changes: changes.map { .init(user: $0.key, member: "d-\($0.key)", present: $0.value, released: released) },
            method: "PATCH",
            path: "/Groups/d-g",
            body: "{}",
            tryNumber: 1
        )
        try append(.scimAttempt, body)
    }

    mutating func outcome(
        _ attempt: String,
        _ result: OutcomeBody.Result,
        retryAt: Int64? = nil,
        holdUntil: Int64? = nil,
        withheld: Bool? = nil
    ) throws {
        let body = OutcomeBody(
            attempt: attempt,
            result: result,
            status: nil,
            requestID: nil,
            detail: nil,
            durationMilliseconds: 1,
            retryAt: retryAt,
            holdUntil: holdUntil,
            withheld: withheld
        )
        try append(.scimOutcome, body)
    }

    mutating func observe(
        _ subject: ObservationBody.Subject,
        _ id: String,
        _ finding: Finding,
        _ directoryID: String? = nil
    )
        throws
    {
        let body = ObservationBody(subject: subject, id: id, finding: finding, directoryID: directoryID, detail: nil)
        try append(.scimObservation, body)
    }

    mutating func act(
        _ action: OperatorBody.Action,
        events: [String]? = nil,
        holds: [String]? = nil,
        group: String? = nil,
        from: Int64? = nil,
        reason: String = "because"
    ) throws {
        let body = OperatorBody(
            action: action,
            operatorName: "ann",
            uid: 7,
            reason: reason,
            events: events,
            holds: holds,
            group: group,
            from: from
        )
        try append(.operatorAction, body)
    }

    mutating func start(listening: Bool = true) throws {
        try append(.ledgerStarted, StartedBody(version: "1", schema: 1, listening: listening))
    }

    mutating func stop() throws { try append(.ledgerStopped, StoppedBody(version: "1", tallies: [:])) }

    mutating func configure(prefix: String = "AWS_", directory: String? = "https://directory.example") throws {
        try append(.ledgerConfigured, FoldSettings(prefix: prefix, organization: nil, directory: directory))
    }

    // MARK: What follows

    func pair(_ user: String = "00u1", _ group: String = "00g1") -> PairState {
        state.pair(PairID(group: group, user: user))
    }

    func inScope(_ group: String = "00g1") -> Bool { state.group(group).inScope }

    /// The users of a group that are to change, and how.
    func changes(_ group: String = "00g1") -> [String: Bool] {
        let changes = state.difference(ofGroup: group)?.changes ?? []
        return Dictionary(uniqueKeysWithValues: changes.map { ($0.user, $0.present) })
    }
}
