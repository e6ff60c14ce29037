import Foundation
import Ledger
import Projector

/// Makes random histories of a few users in a few groups, so that everything meets everything.
struct Histories {
    private(set) var tally = Tally()
    private var dice: Dice
    private var drafts: [History.Draft] = []
    private var organization: String?
    private var made = 0
    private var slots: [Int64] = []

    private static let groups = ["00g1", "00g2", "00G1"]
    private var users: [String] = []
    private static let names = ["AWS_Admins", "AWS_\\u00e9quipe", "Staff", "aws_admins", "XAWS_", "\\u0041WS_Ops"]

    init(seed: UInt64) { dice = Dice(seed: seed) }

    /// The next history.
    mutating func next() throws -> History {
        (drafts, made) = ([], 0)
        organization = dice.roll(50) ? "example.okta.com" : nil
        // A few instants within some minutes before the first entry, some of them in one millisecond.
        let base = History.start * 1_000 - 400_000
        users = (1...(dice.roll(70) ? 3 : 12)).map { "00u\($0)" }
        slots = (0..<4).map { _ in (base + Int64(dice.number(0...400_000))) * 1_000_000 }
        if dice.roll(60) { slots.append(slots[0] + Int64(dice.number(1...999_999))) }
        if dice.roll(30) { slots.append(slots[1] / 1_000_000_000 * 1_000_000_000) }

        var events: [SampleEvent] = []
        for _ in 0..<dice.number(10...20) {
            if let last = events.last, dice.roll(15) { events.append(twin(of: last)) } else { events.append(event()) }
        }
        try deliver(events)
        try disturb()
        try readFromOkta()
        countMeetings(events)
        let settings = FoldSettings(prefix: "AWS_", organization: organization, directory: "https://directory.example")
        return History(settings: settings, drafts: drafts)
    }

    // MARK: Events

    private mutating func event() -> SampleEvent {
        made += 1
        let instant = instant()
        var event = SampleEvent(
            uuid: uuid(at: instant),
            type: SampleEvent.add,
            instant: instant,
            published: SampleEvent.text(instant, &dice),
            group: group(),
            user: user(),
            groupFirst: dice.roll(40)
        )
        switch dice.number(1...100) {
        case ...45: break
        case ...76: event.type = SampleEvent.remove
        case ...85: (event.type, event.user) = (SampleEvent.deletion, nil)
        case ...93: (event.type, event.user) = (dice.pick([SampleEvent.rename, "group.lifecycle.create"]), nil)
        case ...97:
            (event.type, event.group) = (dice.pick(["user.lifecycle.deactivate", "user.account.update_profile"]), nil)
            tally.hit(.userEvent)
        default: event.type = "user.session.start"
        }
        if dice.roll(7) {
            let results = [
                #"{"result":"FAILURE"}"#, #"{"result":"Success"}"#, "null", #"{"reason":"x"}"#, #"{"result":7}"#,
            ]
            event.outcome = dice.pick(results)
            tally.hit(.failedOutcome)
        }
        if dice.roll(7) {
            event.oddTargets = oddTargets(event)
            tally.hit(.oddTargets)
        }
        return event
    }

    /// An event of the same pair and instant, which only ticks, kind or the bytes of the uuid tell from `event`.
    private mutating func twin(of event: SampleEvent) -> SampleEvent {
        made += 1
        var twin = event
        if event.uuid.dropFirst(14).first == "1" {
            tally.hit(.timeUUIDMatching)
            let ticks = event.instant / 1_000_000 * 10_000
            twin.uuid = SampleEvent.timeUUID(ticks: dice.roll(40) ? ticks + 10_000 : ticks, node: made)
        } else {
            twin.uuid = textUUID()
        }
        if event.user != nil, event.group != nil { twin.type = dice.pick([SampleEvent.add, SampleEvent.remove]) }
        twin.published = SampleEvent.text(twin.instant, &dice)
        return twin
    }

    private mutating func textUUID() -> String {
        tally.hit(.textUUID)
        return "\(dice.pick(["evt", "EVT", "Evt"]))-\(dice.number(1...120))-\(made)"
    }

    private mutating func group() -> SampleEvent.Target {
        let name = dice.roll(90) ? dice.pick(Self.names) : nil
        return SampleEvent.Target(id: dice.pick(Self.groups), type: "UserGroup", login: "unknown", name: name)
    }

    private mutating func user() -> SampleEvent.Target {
        let id = dice.pick(users)
        let login = dice.roll(90) ? "\(id)\(dice.number(1...3))@example.com" : nil
        return SampleEvent.Target(id: id, type: "User", login: login, name: "U \(dice.number(1...3))")
    }

    private mutating func oddTargets(_ event: SampleEvent) -> String {
        let (group, user) = (event.group ?? group(), event.user ?? user())
        let app = #"{"id":"0oa1","type":"AppInstance","displayName":"App"}"#
        return dice.pick([
            "null", "[]", "7", "[null,\(user.json),\(group.json)]", "[\(user.json)]", "[\(group.json)]",
            "[\(user.json),\(user.json.replacing("00u", with: "00x")),\(group.json)]",
            #"[{"id":"","type":"User"},\#(group.json)]"#, #"[\#(user.json),{"id":"00g\u00e9","type":"UserGroup"}]"#,
            "[\(app),\(user.json),\(group.json)]", "[\(group.json),\(app),\(user.json)]",
        ])
    }

    private mutating func instant() -> Int64 {
        let slot = dice.pick(slots)
        let hour: Int64 = 3_600_000_000_000
        if dice.roll(8) {
            tally.hit(.oldEvent)
            return slot - 26 * hour
        }
        if dice.roll(8) {
            tally.hit(.futureEvent)
            return slot + 3 * hour
        }
        return slot
    }

    private mutating func uuid(at instant: Int64) -> String {
        let ticks = instant / 1_000_000 * 10_000 + Int64(dice.number(0...9_999))
        switch dice.number(1...100) {
        case ...40:
            tally.hit(.timeUUIDMatching)
            let uuid = SampleEvent.timeUUID(ticks: dice.roll(40) ? ticks / 10_000 * 10_000 : ticks, node: made)
            return dice.roll(10) ? uuid.uppercased() : uuid
        case ...55:
            tally.hit(.timeUUIDNotMatching)
            return SampleEvent.timeUUID(
                ticks: ticks + Int64(dice.pick([-30_000, -10_000, 10_000, 70_000])),
                node: made
            )
        case ...70:
            tally.hit(.randomUUID)
            return SampleEvent.hex(Int64(dice.number(0...0xFFFF_FFFF)), 8) + "-1c2d-4e3f-9a4b-"
                + SampleEvent.hex(Int64(made), 12)
        default:
            return textUUID()
        }
    }

    // MARK: Deliveries

    private mutating func deliver(_ events: [SampleEvent]) throws {
        var index = 0
        while index < events.count {
            let foreign = organization != nil && dice.roll(8)
            let together = Array(events[index..<min(events.count, index + (foreign ? 1 : dice.number(1...3)))])
            index += together.count
            if dice.roll(6) {
                // Only the System Log tells of these.
                for event in together { logEvent(event) }
                tally.hit(.systemLogOnly)
                continue
            }
            var sent = together
            if dice.roll(8) {
                sent.append(together[0])
                tally.hit(.repeatWithinDelivery)
            }
            if foreign { tally.hit(.foreignOrganization) }
            delivery(sent, from: foreign ? "other.okta.com" : "example.okta.com")
            let original = drafts.count - 1
            for event in together { try followUp(event, original: original) }
        }
    }

    /// What else arrives of an event: the System Log's copy, edited copies, an approval.
    private mutating func followUp(_ event: SampleEvent, original: Int) throws {
        let hasLogCopy = dice.roll(18)
        if hasLogCopy {
            logEvent(dice.roll(25) ? edited(event) : event)
            tally.hit(.systemLogCopy)
        }
        if dice.roll(15) {
            var previous = original
            for _ in 0..<dice.number(1...2) {
                delivery([edited(event)], from: "example.okta.com", after: hasLogCopy ? nil : previous)
                previous = drafts.count - 1
                tally.hit(hasLogCopy ? .editedCopyAgainstSystemLog : .editedCopy)
            }
        }
        if dice.roll(12) { try approve([event.uuid]) }
    }

    private mutating func edited(_ event: SampleEvent) -> SampleEvent {
        var edited = event
        switch dice.number(1...7) {
        case 1: edited.type = event.type == SampleEvent.add ? SampleEvent.remove : SampleEvent.add
        case 2: edited.user = user()
        case 3: edited.group = group()
        case 4: (edited.type, edited.user) = (SampleEvent.deletion, nil)
        case 5: edited.outcome = #"{"result":"FAILURE"}"#
        default:
            edited.instant = instant()
            edited.published = SampleEvent.text(edited.instant, &dice)
        }
        return edited
    }

    private mutating func delivery(_ events: [SampleEvent], from host: String, after: Int? = nil) {
        made += 1
        let list = events.map(\.json).joined(separator: ",")
        let body = """
            {"eventId":"delivery-\(made)","source":"https://\(host)/api/v1/eventHooks/who1","data":{"events":[\(list)]}}
            """
        drafts.append(.init(kind: .oktaDelivery, body: Array(body.utf8), events: events, after: after))
    }

    private mutating func logEvent(_ event: SampleEvent) {
        drafts.append(.init(kind: .oktaLogEvent, body: Array(event.json.utf8), events: [event]))
    }

    private mutating func approve(_ events: [String]) throws {
        let action = OperatorBody(action: .approve, operatorName: "ann", uid: 7, reason: "seen", events: events)
        drafts.append(.init(kind: .operatorAction, body: try EntryJSON.encode(action)))
        tally.hit(.approval)
    }

    /// Held events that an operator lets through, and what nobody can read.
    private mutating func disturb() throws {
        for event in drafts.flatMap(\.events) where abs(event.instant / 1_000_000_000 - History.start) > 3_000 {
            if dice.roll(25) { try approve([event.uuid, "nobody-knows"]) }
        }
        if dice.roll(40) {
            let kind: Kind = dice.roll(70) ? .oktaDelivery : .oktaLogEvent
            let body = dice.pick([
                "", "{", "[]", "7", "null", #"{"data":{"events":"no"}}"#, #"{"uuid":7}"#, "\u{0}\u{ff}",
            ])
            drafts.append(.init(kind: kind, body: Array(body.utf8), unreadable: 1))
            tally.hit(.unreadableBody)
        }
        if dice.roll(40) {
            let good = event()
            var bad = good
            bad.published = dice.pick(["yesterday", "2026-02-30T00:00:00Z", "2026-09-01T00:00:00.0123456789Z", ""])
            let odd = dice.pick(["null", "7", "{}", bad.json, good.json.replacing(good.uuid, with: "évt")])
            let body = #"{"source":"https://example.okta.com/x","data":{"events":[\#(odd),\#(good.json)]}}"#
            drafts.append(.init(kind: .oktaDelivery, body: Array(body.utf8), events: [good], unreadable: 1))
            tally.hit(.unreadableEvent)
        }
    }

    // MARK: Baselines

    /// Groups are read from Okta, later readings of a group after earlier ones.
    private mutating func readFromOkta() throws {
        for group in Self.groups where dice.roll(35) {
            let times = (0..<dice.number(1...2)).map { _ in readingTime() }.sorted()
            var previous: Int?
            for (number, time) in times.enumerated() {
                let isGone = number == 0 && dice.roll(20)
                let members = isGone ? [] : users.filter { _ in dice.roll(50) }
                made += 1
                let body = BaselineBody(
                    run: "run-\(100 + made)",
                    group: group,
                    name: isGone ? nil : dice.pick(["AWS_Admins", "Staff", "AWS_B"]),
                    exists: !isGone,
                    instant: time,
                    askedAt: History.start * 1_000_000,
                    members: members.map {
                        .init(user: $0, login: "\($0)\(dice.number(1...3))@example.com", name: nil, status: "ACTIVE")
                    }
                )
                drafts.append(.init(kind: .oktaBaseline, body: try EntryJSON.encode(body), after: previous))
                previous = drafts.count - 1
                tally.hit(number == 0 ? .baseline : .secondBaseline)
                if isGone { tally.hit(.groupGone) }
            }
        }
    }

    /// Microseconds since 1970: between events, or at the instant of one.
    private mutating func readingTime() -> Int64 {
        let slot = dice.pick(slots)
        if slot % 1_000 == 0, dice.roll(50) {
            tally.hit(.baselineAtEvent)
            return slot / 1_000
        }
        return slot / 1_000 + Int64(dice.number(-200_000...200_000))
    }

    // MARK: What met

    private mutating func countMeetings(_ events: [SampleEvent]) {
        let plain = events.filter { $0.oddTargets == nil && $0.outcome.contains("SUCCESS") }
        let members = plain.filter { $0.type == SampleEvent.add || $0.type == SampleEvent.remove }
        for (index, first) in members.enumerated() {
            for second in members[(index + 1)...]
            where first.group?.id == second.group?.id && first.user?.id == second.user?.id {
                if first.instant == second.instant {
                    tally.hit(.tieWithinMillisecond)
                    let versions = [first, second].map { $0.uuid.dropFirst(14).prefix(1) }
                    if versions[0] != versions[1] { tally.hit(.mixedUUIDVersions) }
                } else if first.instant / 1_000_000 == second.instant / 1_000_000 {
                    tally.hit(.sameMillisecondOtherNanosecond)
                }
            }
        }
        for deletion in plain where deletion.type == SampleEvent.deletion {
            let later = members.filter { $0.group?.id == deletion.group?.id && $0.instant > deletion.instant }
            tally.hit(.readdAfterDeletion, later.count { $0.type == SampleEvent.add })
        }
        for rename in plain where rename.type == SampleEvent.rename {
            let name = rename.group?.name
            let others = plain.filter { $0.group?.id == rename.group?.id }.compactMap { $0.group?.name }
            if let name, others.contains(where: { $0.hasPrefix("AWS_") != name.hasPrefix("AWS_") }) {
                tally.hit(.renameAcrossPrefix)
            }
        }
    }
}
