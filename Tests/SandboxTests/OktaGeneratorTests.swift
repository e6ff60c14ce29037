import Foundation
import Sandbox
import Testing

@Suite struct OktaGeneratorTests {
    private static let seeds: [UInt64] = [1, 2, 42, 20_261_124]

    private static func rough(_ seed: UInt64, _ count: Int = 400) -> (OktaGenerator, [GeneratedDelivery]) {
        var generator = OktaGenerator(
            seed: seed,
            organisation: .init(users: 20, groups: 4),
            pace: .init(tieShare: 0.1, version4Share: 0.05)
        )
        let deliveries = generator.deliveries(.rough(deliveries: count))
        return (generator, deliveries)
    }

    @Test(arguments: seeds) func `the same seed gives the same bytes, another seed others`(seed: UInt64) {
        let (first, second, other) = (Self.rough(seed), Self.rough(seed), Self.rough(seed + 1))
        #expect(first.1 == second.1)
        #expect(first.0.truth == second.0.truth)
        #expect(first.1 != other.1)
    }

    @Test(arguments: seeds) func `every body parses and says what the generator says, but the odd ones`(seed: UInt64)
        throws
    {
        for delivery in Self.rough(seed).1 {
            if case .odd = delivery.kind { continue }
            let value = try JSONSerialization.jsonObject(with: Data(delivery.body))
            let json = try #require(value as? [String: Any], "seed \(seed)")
            #expect(json["eventId"] as? String == delivery.eventID)
            let events = try #require((json["data"] as? [String: Any])?["events"] as? [[String: Any]])
            #expect(events.count == delivery.events.count)
            for (event, made) in zip(events, delivery.events) {
                #expect(event["uuid"] as? String == made.uuid)
                #expect(event["eventType"] as? String == made.eventType)
                guard case .member(let group, let person, let present)? = made.effect else { continue }
                #expect(made.eventType == "group.user_membership." + (present ? "add" : "remove"))
                #expect((event["outcome"] as? [String: Any])?["result"] as? String == "SUCCESS")
                let targets = try #require(event["target"] as? [[String: Any]])
                #expect(Set(targets.compactMap { $0["id"] as? String }) == [group, person])
                #expect(Set(targets.compactMap { $0["type"] as? String }) == ["User", "UserGroup"])
            }
        }
    }

    @Test func `an odd body is odd in its own way`() throws {
        var generator = OktaGenerator(seed: 8)
        var seen: Set<GeneratedDelivery.Oddity> = []
        for _ in 0..<100 {
            let delivery = generator.oddDelivery()
            guard case .odd(let oddity) = delivery.kind else { continue }
            seen.insert(oddity)
            let value = try? JSONSerialization.jsonObject(with: Data(delivery.body))
            switch oddity {
            case .cutOff, .notJSON: #expect(value == nil)
            case .trailingComma: #expect(delivery.body.suffix(2) == Array(",}".utf8))
            case .noEventID:
                let object = try #require(value as? [String: Any])
                #expect(object["eventId"] == nil && object["data"] != nil)
            case .notAnObject: #expect(value is [Any])
            }
            #expect(delivery.eventID == nil && delivery.events.isEmpty)
        }
        #expect(seen == Set(GeneratedDelivery.Oddity.allCases))
    }

    @Test func `an event has the fields and the key order of a captured one`() throws {
        var generator = OktaGenerator(seed: 3)
        let capture = "okta/hook-group-add-web-nulls-stripped.fengyu225.json"
        let wanted = Fixtures.shape(try Fixtures.object(capture))
        var found = false
        for _ in 0..<50 {
            let delivery = generator.delivery(of: [generator.change()])
            let json = try JSONSerialization.jsonObject(with: Data(delivery.body))
            found = found || Fixtures.shape(json) == wanted
            let text = String(decoding: delivery.body, as: UTF8.self)
            let keys = [
                "uuid", "published", "displayMessage", "client", "actor", "outcome", "target", "transaction",
                "debugContext", "legacyEventType", "authenticationContext", "securityContext",
            ]
            let places = keys.compactMap { text.range(of: "\"\($0)\":")?.lowerBound }
            #expect(places.count == keys.count && places == places.sorted())
        }
        #expect(found)
    }

    @Test func `bodies of one event are 1 to 4 KB`() {
        var generator = OktaGenerator(seed: 4)
        let sizes = (0..<500).map { _ in generator.delivery(of: [generator.change()]).body.count }
        #expect(sizes.allSatisfy { (1_000...4_096).contains($0) }, "\(sizes.min() ?? 0) to \(sizes.max() ?? 0)")
        #expect(Set(sizes).count > 50)
    }

    @Test(arguments: seeds) func `uuids of version 1 tell the published millisecond and the true order`(seed: UInt64)
        throws
    {
        var generator = OktaGenerator(seed: seed, pace: .init(tieShare: 0.3))
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var last: UInt64 = 0
        for _ in 0..<500 {
            let event = generator.change()
            let parts = event.uuid.split(separator: "-")
            #expect(parts[2].first == "1" && "89ab".contains(parts[3].first ?? "x"))
            let ticks = try #require(UInt64("\(parts[2].dropFirst())\(parts[1])\(parts[0])", radix: 16))
            #expect(ticks > last)
            last = ticks
            // 12,219,292,800 s lie between 1582-10-15 and 1970.
            let unix = Int64(ticks) - 122_192_928_000_000_000
            #expect(unix / 10_000 * 1_000_000 == event.published)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(event.bytes)) as? [String: Any])
            let published = try #require(json["published"] as? String)
            let date = try #require(formatter.date(from: published))
            #expect(Int64((date.timeIntervalSince1970 * 1_000).rounded()) == event.published / 1_000_000)
        }
        #expect(generator.timeTally.ties > 50)
    }

    @Test(arguments: seeds) func `truth is what a naive replay of the delivered events gives`(seed: UInt64) {
        let (generator, deliveries) = Self.rough(seed, 1_500)
        var events: [String: GeneratedEvent] = [:]
        for event in deliveries.flatMap(\.events) { events[event.uuid] = event }
        var members: [String: Set<String>] = [:]
        var gone: Set<String> = []
        func time(_ event: GeneratedEvent) -> String {
            let parts = event.uuid.split(separator: "-")
            return parts[2].first == "1" ? "\(parts[2])\(parts[1])\(parts[0])" : ""
        }
        for event in events.values.sorted(by: { ($0.published, time($0)) < ($1.published, time($1)) }) {
            switch event.effect {
            case .member(let group, let person, true):
                #expect(!gone.contains(group) && members[group]?.contains(person) != true)
                members[group, default: []].insert(person)
            case .member(let group, let person, false):
                #expect(members[group]?.remove(person) != nil)
            case .deleted(let group):
                members[group] = nil
                gone.insert(group)
            case .renamed, nil: break
            }
        }
        #expect(generator.truth.filter { !$0.value.isEmpty } == members.filter { !$0.value.isEmpty }, "seed \(seed)")
        #expect(gone.allSatisfy { generator.truth[$0] == [] })
        let named = Dictionary(uniqueKeysWithValues: generator.groups.map { ($0.name, generator.truth[$0.id] ?? []) })
        #expect(generator.truthByName == named.filter { $0.key.hasPrefix("AWS_") })
    }

    @Test(arguments: seeds) func `a rough stream holds everything that a hook may meet`(seed: UInt64) {
        let (generator, deliveries) = Self.rough(seed, 1_500)
        let odd = deliveries.filter { $0.eventID == nil }
        let kinds = Dictionary(grouping: deliveries, by: \.kind).mapValues(\.count)
        #expect(kinds[.fresh] == 1_500)
        #expect((kinds[.retry] ?? 0) > 50 && (kinds[.again] ?? 0) > 20 && odd.count > 5)
        let tally = generator.tally
        #expect([tally.added, tally.removed].allSatisfy { $0 > 500 })
        #expect(
            [tally.renamed, tally.renamedAcrossPrefix, tally.deleted, tally.failed, tally.nullTargets]
                .allSatisfy { $0 > 0 },
            "\(tally)"
        )
        #expect(generator.timeTally.ties > 0 && generator.timeTally.version4 > 0)
        let fresh = deliveries.filter { $0.kind == .fresh }.map(\.eventTime)
        #expect(fresh != fresh.sorted())
        let bodies = Dictionary(grouping: deliveries.filter { $0.eventID != nil }, by: \.eventID)
        #expect(bodies.values.allSatisfy { Set($0.map(\.body)).count == 1 })
    }

    @Test func `an edited copy keeps its uuid and loses its success`() throws {
        var generator = OktaGenerator(seed: 6)
        let event = generator.change()
        let copy = event.edited
        #expect(copy.uuid == event.uuid && copy.effect == nil)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(copy.bytes)) as? [String: Any])
        #expect((json["outcome"] as? [String: Any])?["result"] as? String == "FAILURE")
    }

    @Test func `names hold quotes, backslashes and letters beyond ASCII`() {
        let generator = OktaGenerator(seed: 7, organisation: .init(users: 200, groups: 60))
        let names = generator.people.map(\.displayName) + generator.groups.map(\.name)
        #expect(names.contains { $0.contains("\"") } && names.contains { $0.contains("\\") })
        #expect(names.contains { !$0.allSatisfy(\.isASCII) })
        #expect(Set(generator.people.map(\.login)).count == 200 && Set(generator.groups.map(\.name)).count == 60)
        #expect(Set(generator.people.map(\.id)).count == 200)
        #expect((25...55).contains(generator.groups.count { $0.name.hasPrefix("AWS_") }))
    }
}
