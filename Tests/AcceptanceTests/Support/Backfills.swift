import Foundation
import GRDB
import Projector
import Sandbox

typealias TestLedgerSettings = [String: String]

extension TestLedgerSettings {
    /// A ledger that only watches, and may read a simulated org's System Log.
    static func backfill(from url: String, overlap: String = "1 s") -> TestLedgerSettings {
        [
            "LEDGER_PUSH_MODE": "off", "LEDGER_OKTA_API_URL": url,
            "LEDGER_OKTA_API_TOKEN": OktaSettings().token, "LEDGER_OKTA_API_OVERLAP": overlap,
            "LEDGER_OKTA_API_EVERY": "24 h",
        ]
    }
}

extension OktaSettings {
    static func pages(of events: Int) -> OktaSettings {
        var settings = OktaSettings()
        settings.pageLimit = events
        return settings
    }
}

extension GeneratedEvent {
    /// Whether a backfill asks for it.
    var isFollowed: Bool { EventKind.followedTypes.contains(eventType) }
}

extension OktaGenerator {
    /// Changes that begin now and take a few milliseconds each.
    static func now(seed: UInt64) -> OktaGenerator { ago(seconds: 0, seed: seed) }

    static func ago(seconds: Double, seed: UInt64) -> OktaGenerator {
        OktaGenerator(
            seed: seed,
            startingAt: Int64((Date().timeIntervalSince1970 - seconds) * 1e9),
            pace: .init(meanGapMilliseconds: 2)
        )
    }

    /// The true members of the groups that have some.
    var members: [String: Set<String>] { truth.filter { !$0.value.isEmpty } }
}

/// What a backfill reported.
struct Backfilled {
    let stored: Int
    let both: Int
    let logOnly: Set<String>
    let missed: Set<String>
    let hookOnly: Set<String>
    let edited: Set<String>
}

extension TestLedger {
    /// Runs `ledger backfill --json`, from so many seconds ago.
    func backfill(since seconds: Double?) throws -> Backfilled {
        let since = seconds.map { ["--since", HandMade.text(Date(timeIntervalSinceNow: -$0))] } ?? []
        let ran = try run(["backfill", "--json"] + since)
        guard ran.code == 0 || ran.code == 1, ran.errors.isEmpty else { throw Failure("\(ran)") }
        let json = try ran.json()
        func uuids(_ name: String) throws -> Set<String> {
            let events = json[name] as? [String: Any] ?? [:]
            let found = Set((events["first"] as? [[String: Any]] ?? []).compactMap { $0["uuid"] as? String })
            guard found.count == events["count"] as? Int else { throw Failure("\(name): \(json)") }
            return found
        }
        let counts = json["counts"] as? [String: Any] ?? [:]
        return Backfilled(
            stored: counts["stored"] as? Int ?? -1,
            both: json["both"] as? Int ?? -1,
            logOnly: try uuids("logOnly"),
            missed: try uuids("missed"),
            hookOnly: try uuids("hookOnly"),
            edited: try uuids("edited")
        )
    }

    /// Who is to be in which group, by their ids.
    func members() throws -> [String: Set<String>] {
        var members: [String: Set<String>] = [:]
        for row in try rows("SELECT group_id, user_id FROM membership WHERE desired = 'present'") {
            members[row["group_id"], default: []].insert(row["user_id"])
        }
        return members
    }
}

/// An hour's history: what Okta's own log has of it, and what the hook gets, which is not the same.
struct RoughHistory {
    /// What the System Log has.
    private(set) var logged: [GeneratedEvent] = []
    /// What is posted, in order.
    private(set) var posted: [GeneratedDelivery] = []
    /// Events that the hook never got.
    private(set) var dropped: Set<String> = []
    /// Events that only the hook got: Okta's console sent sample data.
    private var invented: Set<String> = []
    /// Events whose only delivery was edited.
    private var edited: Set<String> = []
    /// Who is to be in which group.
    private let truth: [String: Set<String>]

    init(seed: UInt64, deliveries: Int) {
        var generator = OktaGenerator.ago(seconds: 3_600, seed: seed)
        var random = SeededRandom(seed: seed)
        var traffic = OktaTraffic.rough(deliveries: deliveries)
        // These are no part of Okta's log; they are added below, one by one.
        (traffic.nullTargetShare, traffic.oddShare) = (0, 0)
        let made = generator.deliveries(traffic)
        var known: Set<String> = []
        for event in made.flatMap(\.events) where known.insert(event.uuid).inserted { logged.append(event) }
        var delivered: Set<String> = []
        for delivery in made where !random.chance(0.3) {
            posted.append(delivery)
            delivered.formUnion(delivery.events.map(\.uuid))
        }
        let lost = logged.filter { !delivered.contains($0.uuid) && $0.isFollowed }
        for (index, event) in lost.enumerated() {
            let isChange = event.edited.bytes != event.bytes
            if index % 5 == 0, isChange {
                posted.append(generator.delivery(of: [event.edited]))
                edited.insert(event.uuid)
            } else {
                dropped.insert(event.uuid)
            }
        }
        for _ in 0..<4 {
            let sample = generator.nullTargets()
            posted.append(generator.delivery(of: [sample]))
            invented.insert(sample.uuid)
        }
        truth = generator.members
    }

    /// Whether a report names exactly what this history did, and the ledger knows the truth.
    func check(_ report: Backfilled, _ ledger: TestLedger) throws {
        guard dropped.count > 20, !edited.isEmpty else { throw Failure("a history that shows nothing") }
        let differences = [
            ("by the log only", report.logOnly, dropped), ("missed", report.missed, dropped),
            ("by the hook only", report.hookOnly, invented), ("edited", report.edited, edited),
        ].filter { $0.1 != $0.2 }
        guard differences.isEmpty else {
            throw Failure(differences.map { "\($0.0): \($0.1.count), not \($0.2.count)" }.joined(separator: "; "))
        }
        let both = logged.filter(\.isFollowed).count - dropped.count
        guard report.both == both else { throw Failure("both: \(report.both), not \(both)") }
        let members = try ledger.members()
        guard members == truth else { throw Failure("members: \(members), not \(truth)") }
    }
}
