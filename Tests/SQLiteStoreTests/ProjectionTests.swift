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
        #expect(try rebuilt(projection, until: live.cursor) == live.digest, "seed \(Seed.value)", sourceLocation: sourceLocation)
    }

    /// The state in memory after the first `end` entries.
    func memory(until end: Int64, _ settings: FoldSettings) throws -> MemoryState {
        let state = MemoryState()
        var fold = Fold(state, settings: settings)
        for entry in try store.entries(from: 0, limit: Int(end)) { try fold.apply(ReadEntry(entry)) }
        return state
    }
}

@Suite struct `The fold in SQLite` {
    @Test func `random histories in random batches give the state of memory, and live is rebuilt after every batch`() async throws {
        print("LEDGER_TEST_SEED=\(Seed.value)")
        var histories = Histories(seed: Seed.value)
        var dice = Dice(seed: Seed.value &+ 5)
        for number in 1...40 {
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

    private func drafts(_ history: History, _ dice: inout Dice) throws -> [History.Draft] {
        let settings = History.Draft(kind: .ledgerConfigured, body: try EntryJSON.encode(history.settings))
        var operations = Operations(seed: dice.next(), organization: history.settings.organization)
        return [settings] + (try operations.mixed(into: history.arrival(&dice).map { history.drafts[$0] }))
    }
}
