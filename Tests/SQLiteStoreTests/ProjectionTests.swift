import Dispatch
import Foundation
import GRDB
import Ledger
import Projector
import Synchronization
import Testing

@testable import SQLiteStore

/// A clock that tells the time of each append in turn.
final class ProjectionClock: Sendable {
    private let time = Mutex<Int64>(History.start * 1_000_000)

    func set(_ microseconds: Int64) { time.withLock { $0 = microseconds } }

    @Sendable func now() -> Int64 { time.withLock { $0 } }
}

/// A log on disk that is filled with drafts and folded.
struct ProjectionWorkplace {
    let workplace: Workplace
    let clock = ProjectionClock()
    let store: Store
    private var time = History.start * 1_000_000

    init() throws {
        workplace = try Workplace()
        store = try workplace.open(clock: clock.now)
    }

    mutating func append(_ drafts: [History.Draft], _ dice: inout Dice) async throws {
        for draft in drafts {
            time += Int64(dice.number(0...900_000))
            clock.set(time)
            _ = try await store.append(NewEntry(kind: draft.kind, key: nil, body: draft.body))
        }
    }

    /// What a fold of the whole log so far makes, in a file of its own.
    func rebuilt(_ projection: Projection, until end: Int64) throws -> [UInt8] {
        let scratch = workplace.folder + "/scratch-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        return try projection.rebuiltDigest(until: end, scratch: scratch)
    }

    func expectLiveIsRebuilt(_ projection: Projection, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let live = try projection.digest()
        #expect(
            try rebuilt(projection, until: live.cursor) == live.digest,
            "seed \(Seed.value)",
            sourceLocation: sourceLocation
        )
    }

    /// The state in memory after the first `end` entries.
    func memory(until end: Int64, _ settings: FoldSettings) throws -> MemoryState {
        let state = MemoryState()
        var fold = Fold(state, settings: settings)
        for entry in try store.entries(from: 0, limit: Int(min(end, 100_000))) { try fold.apply(ReadEntry(entry)) }
        return state
    }
}

@Suite struct `The fold in SQLite` {
    @Test func `random histories in random batches give the state of memory, and live is rebuilt after every batch`()
        async throws
    {
        print("LEDGER_TEST_SEED=\(Seed.value)")
        var histories = Histories(seed: Seed.value)
        var dice = Dice(seed: Seed.value &+ 5)
        for number in 1...25 {
            let history = try histories.next()
            var place = try ProjectionWorkplace()
            let projection = try Projection(place.store)
            try await place.append(try drafts(history, &dice), &dice)
            if history.settings.organization != nil {
                // The org is in the first entry: the fold takes it over by a rebuild, as the service does.
                #expect(try projection.follow(limit: 1).needsRebuild)
                try projection.rebuild(batch: dice.number(1...64))
            }
            while true {
                let step = try projection.follow(limit: dice.number(1...40))
                if step.folded == 0 { break }
                let expected = try ProjectionLogicalState(place.memory(until: step.cursor, history.settings))
                let difference = try ProjectionLogicalState(projection).difference(from: expected)
                try #require(difference == [], "seed \(Seed.value), history \(number), cursor \(step.cursor)")
                try place.expectLiveIsRebuilt(projection)
            }
            try projection.rebuild(batch: dice.number(1...64))
            try place.expectLiveIsRebuilt(projection)
            place.store.close()
        }
    }

    @Test func `appends during a rebuild lose nothing, and live is rebuilt`() async throws {
        var histories = Histories(seed: Seed.value &+ 6)
        var dice = Dice(seed: Seed.value &+ 7)
        var place = try ProjectionWorkplace()
        defer { place.store.close() }
        let history = try histories.next()
        let all = try drafts(history, &dice)
        try await place.append(Array(all.prefix(all.count / 2)), &dice)
        let projection = try Projection(place.store)
        while try projection.follow(limit: 7).folded > 0 {}
        let store = place.store
        let later = Mutex(Array(all.dropFirst(all.count / 2)))
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        try projection.rebuild(batch: 3) { _, _ in
                            guard let draft = later.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
                            let appended = DispatchSemaphore(value: 0)
                            Task {
                                _ = try await store.append(NewEntry(kind: draft.kind, key: nil, body: draft.body))
                                _ = try projection.follow(limit: 1)
                                appended.signal()
                            }
                            appended.wait()
                        }
                    }
                )
            }
        }
        try place.expectLiveIsRebuilt(projection)
        try await place.append(later.withLock { $0 }, &dice)
        while try projection.follow(limit: 5).folded > 0 { try place.expectLiveIsRebuilt(projection) }
        #expect(try projection.cursor() == Int64(all.count))
        let expected = try ProjectionLogicalState(place.memory(until: .max, history.settings))
        #expect(try ProjectionLogicalState(projection).difference(from: expected) == [], "seed \(Seed.value)")
    }

    @Test func `a System Log copy that names another pair teaches that user's login`() async throws {
        var dice = Dice(seed: 1)
        var place = try ProjectionWorkplace()
        defer { place.store.close() }
        let event = SampleEvent(
            uuid: "e",
            type: SampleEvent.add,
            instant: History.start * 1_000_000_000,
            published: SampleEvent.text(History.start * 1_000_000_000, &dice),
            group: .init(id: "00g1", type: "UserGroup", name: "AWS_A"),
            user: .init(id: "00u1", type: "User", login: "one@example.com")
        )
        var truth = event
        truth.user = .init(id: "00u2", type: "User", login: "two@example.com")
        let hook = #"{"eventId":"d","data":{"events":[\#(event.json)]}}"#
        try await place.append([.init(kind: .oktaDelivery, body: Array(hook.utf8))], &dice)
        try await place.append([.init(kind: .oktaLogEvent, body: Array(truth.json.utf8))], &dice)
        let projection = try Projection(place.store)
        while try projection.follow(limit: 1).folded > 0 {}
        #expect(try ProjectionLogicalState(projection).users["00u2"]?.login == "two@example.com")
        #expect(try ProjectionLogicalState(projection).users["00u1"]?.login == nil)
    }

    @Test func `a changed org asks for a rebuild until there was one, also after a restart`() async throws {
        var dice = Dice(seed: 1)
        var place = try ProjectionWorkplace()
        defer { place.store.close() }
        let projection = try Projection(place.store)
        let event = SampleEvent(
            uuid: "e",
            type: SampleEvent.rename,
            instant: History.start * 1_000_000_000,
            published: SampleEvent.text(History.start * 1_000_000_000, &dice),
            group: .init(id: "00g1", type: "UserGroup", name: "AWS_A")
        )
        let hook = #"{"source":"https://a.okta.com/x","data":{"events":[\#(event.json)]}}"#
        let other = try EntryJSON.encode(FoldSettings(prefix: "AWS_", organization: "b.okta.com", directory: nil))
        try await place.append([.init(kind: .oktaLogEvent, body: [])], &dice)
        try await place.append([.init(kind: .ledgerConfigured, body: other)], &dice)
        try await place.append([.init(kind: .oktaDelivery, body: Array(hook.utf8))], &dice)
        #expect(try projection.follow(limit: 1).needsRebuild)
        try place.expectLiveIsRebuilt(projection)
        #expect(try projection.follow(limit: 1).needsRebuild)
        // The process dies here. The next one finds the need in the tables, though no entry tells of it any more.
        let restarted = try Projection(place.store)
        #expect(try restarted.follow().needsRebuild)
        #expect(try restarted.follow().needsRebuild)
        try restarted.rebuild()
        #expect(try restarted.follow().needsRebuild == false)
        try place.expectLiveIsRebuilt(restarted)
        let copies = try ProjectionLogicalState(restarted).copies
        #expect(copies.values.map(\.judgement) == [.ignored(.organization)])
    }

    @Test func `tables begun on a log with settings count by the last ones from the first entry on`() async throws {
        var dice = Dice(seed: 1)
        var place = try ProjectionWorkplace()
        defer { place.store.close() }
        let settings = try EntryJSON.encode(FoldSettings(prefix: "AWS_", organization: "b.okta.com", directory: nil))
        try await place.append([.init(kind: .oktaLogEvent, body: [])], &dice)
        try await place.append([.init(kind: .ledgerConfigured, body: settings)], &dice)
        try await place.append([.init(kind: .ledgerConfigured, body: Array("unreadable".utf8))], &dice)
        let projection = try Projection(place.store)
        var step = try projection.follow(limit: 1)
        while step.folded > 0 {
            #expect(!step.needsRebuild)
            try place.expectLiveIsRebuilt(projection)
            step = try projection.follow(limit: 1)
        }
    }

    @Test func `of two rebuilds at once one gives up, and the tables are right`() async throws {
        var histories = Histories(seed: Seed.value &+ 8)
        var dice = Dice(seed: Seed.value &+ 9)
        var place = try ProjectionWorkplace()
        defer { place.store.close() }
        for _ in 1...3 { try await place.append(try drafts(histories.next(), &dice), &dice) }
        let projection = try Projection(place.store)
        var other = false
        #expect(throws: ProjectionError.overtaken) {
            try projection.rebuild(batch: 4) { _, _ in
                guard !other else { return }
                other = true
                #expect(throws: Never.self) { try projection.rebuild(batch: 3) }
            }
        }
        try place.expectLiveIsRebuilt(projection)
        while try projection.follow(limit: 5).folded > 0 { try place.expectLiveIsRebuilt(projection) }
    }

    @Test func `the random histories hold groups and release them`() throws {
        var (ended, lasting, released) = (0, 0, 0)
        for seed in 0..<160 as Range<UInt64> {
            var histories = Histories(seed: seed)
            var dice = Dice(seed: seed)
            let history = try histories.next()
            let state = MemoryState()
            var fold = Fold(state, settings: history.settings)
            for (position, draft) in try drafts(history, &dice).enumerated() {
                let time = History.start * 1_000_000 + Int64(position) * 500_000
                let entry = Entry(
                    position: Int64(position),
                    kind: draft.kind,
                    recordedAt: time,
                    key: nil,
                    body: draft.body
                )
                try fold.apply(ReadEntry(entry))
            }
            for hold in state.holds.values {
                if hold.endedAt == nil { lasting += 1 } else { ended += 1 }
                if !hold.released.isEmpty { released += 1 }
            }
        }
        #expect(ended > 5 && lasting > 2 && released > 2, "\(ended) ended, \(lasting) last, \(released) released")
    }

    private func drafts(_ history: History, _ dice: inout Dice) throws -> [History.Draft] {
        let settings = History.Draft(kind: .ledgerConfigured, body: try EntryJSON.encode(history.settings))
        var operations = Operations(seed: dice.next(), organization: history.settings.organization)
        return [settings] + (try operations.mixed(into: history.arrival(&dice).map { history.drafts[$0] }))
    }
}
