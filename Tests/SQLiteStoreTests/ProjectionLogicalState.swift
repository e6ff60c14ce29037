import GRDB
import Okta
import Projector

@testable import SQLiteStore

/// All that the fold has derived, whatever keeps it.
struct ProjectionLogicalState: Equatable {
    var control = ControlState()
    var pairs: [PairID: PairState] = [:]
    var groups: [String: GroupState] = [:]
    var users: [String: UserState] = [:]
    var copies: [EventPlace: JudgedCopy] = [:]
    var unreadable: [EventPlace: String] = [:]
    var attempts: [String: AttemptState] = [:]
    var holds: [Int64: HoldState] = [:]
    var spans: [Int64: ListeningSpan] = [:]
    var covered: [CoveredSpan] = []
    var differences: [String: GroupDifference] = [:]
    var pushed: [String: Set<PushedChange>] = [:]
    var known: [String: Set<String>] = [:]
    var holders: [String: Bool] = [:]
    var open: Set<String> = []
    var bound: Set<String> = []

    init(_ state: MemoryState) throws {
        control = state.control
        (pairs, groups, users) = (state.pairs, state.groupStates, state.userStates)
        (unreadable, attempts, spans) = (state.unreadable, state.attempts, state.spans)
        covered = state.covered
        holds = state.holds
        for copy in state.events.values.flatMap(\.values) { copies[copy.copy.place] = copy.stored }
        (open, bound) = (Set(state.openAttempts().map(\.body.id)), Set(state.boundUsers()))
        try add(state)
    }

    init(_ projection: Projection) throws {
        self = try projection.store.read { db in try ProjectionLogicalState(db) }
    }

    private init(_ db: Database) throws {
        guard let schema = try Projection.live(db) else { throw ProjectionError.missing }
        let state = SQLiteState(db, schema: schema)
        control = try state.control
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table("pair"))") {
            let id = PairID(group: row["group_id"], user: row["user_id"])
            pairs[id] = try state.readPair(id)
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table("group"))") {
            groups[row["group_id"]] = try state.readGroup(row["group_id"])
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table("user"))") {
            users[row["user_id"]] = try state.readUser(row["user_id"])
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table("event"))") {
            let place = EventPlace(position: row["position"], ordinal: row["ordinal"])
            if let uuid = row["uuid"] as String? {
                copies[place] = try state.copies(of: uuid).first { $0.copy.place == place }
            } else {
                unreadable[place] = row["ignored"]
            }
        }
        for id in try String.fetchAll(db, sql: "SELECT attempt_id FROM \(schema.table("attempt"))") {
            attempts[id] = try state.attempt(id)
        }
        for position in try Int64.fetchAll(db, sql: "SELECT position FROM \(schema.table("hold"))") {
            holds[position] = try state.hold(position)
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table("span"))") {
            var span = ListeningSpan(position: row["position"], from: row["from_at"])
            (span.until, span.stoppedCleanly) = (row["until_at"], row["clean"])
            spans[span.position] = span
        }
        covered = try state.coveredSpans()
        (open, bound) = (Set(try state.openAttempts().map(\.body.id)), Set(try state.boundUsers()))
        try add(SQLiteDifference(state: state))
    }

    private mutating func add(_ reader: any DifferenceReader) throws {
        for group in try reader.groupsThatDiffer() { differences[group] = try reader.difference(ofGroup: group) }
        for group in groups.keys {
            pushed[group] = Set(try reader.pushed(toGroup: group, after: control.lastRecordedAt - 20_000_000))
            known[group] = Set(try reader.knownMembers(ofGroup: group))
        }
        for id in (1...4).map({ "d-\($0)" }) {
            holders["user \(id)"] = try reader.holder(of: id, .user) != nil
            holders["group \(id)"] = try reader.holder(of: id, .group) != nil
        }
    }

    /// The parts that differ, since a whole state is too long to read.
    func difference(from expected: Self) -> [String] {
        var found: [String] = []
        func compare<Key: Hashable, Value: Equatable>(_ name: String, _ part: KeyPath<Self, [Key: Value]>) {
            let (got, wanted) = (self[keyPath: part], expected[keyPath: part])
            for key in Set(got.keys).union(wanted.keys) where got[key] != wanted[key] {
                found.append(
                    "\(name) \(key): \(got[key].map { "\($0)" } ?? "none") not \(wanted[key].map { "\($0)" } ?? "none")"
                )
            }
        }
        compare("pair", \.pairs)
        compare("group", \.groups)
        compare("user", \.users)
        compare("copy", \.copies)
        compare("unreadable", \.unreadable)
        compare("attempt", \.attempts)
        compare("span", \.spans)
        compare("hold", \.holds)
        compare("difference", \.differences)
        compare("pushed", \.pushed)
        compare("known", \.known)
        compare("holder", \.holders)
        if control != expected.control { found.append("control: \(control) not \(expected.control)") }
        if covered != expected.covered { found.append("covered: \(covered) not \(expected.covered)") }
        if open != expected.open || bound != expected.bound { found.append("open or bound") }
        return found
    }
}

extension JudgedCopy {
    /// The copy as it is kept: of a group, Okta's `alternateId` says nothing.
    fileprivate var stored: JudgedCopy {
        JudgedCopy(
            copy: EventCopy(
                place: copy.place,
                source: copy.source,
                uuid: copy.uuid,
                eventType: copy.eventType,
                published: copy.published,
                outcome: copy.outcome,
                actor: copy.actor,
                group: copy.group.map { Party(id: $0.id, type: $0.type, displayName: $0.displayName) },
                user: copy.user,
                ignored: copy.ignored,
                untimely: copy.untimely
            ),
            judgement: judgement
        )
    }
}
