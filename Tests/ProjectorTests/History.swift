import Ledger
import Projector

/// A random history: what Okta and operators say, apart from the order and number in which it arrives.
///
/// Two things in the rules depend on arrival, and arrivals respect them:
/// - Of hook copies of one event that differ, the first recorded that may have an effect stands for the event, unless the
///   System Log tells it too. So edited copies of an event without a System Log copy come after the original and in order.
/// - Whether a hook event is held depends on when it is recorded. All is recorded within minutes after `start`, and every
///   event is published minutes around it, more than 25 h before, or more than 2 h after.
struct History {
    /// What becomes an entry.
    struct Draft {
        let kind: Kind
        let body: [UInt8]
        var events: [SampleEvent] = []
        /// How many events in it cannot be read.
        var unreadable = 0
        /// A draft that must not come later than this one.
        var after: Int?
    }

    /// Seconds since 1970 of the first entry.
    static let start: Int64 = 1_790_000_000

    let settings: FoldSettings
    let drafts: [Draft]

    /// An order of arrival with repeats, by index into `drafts`.
    func arrival(_ dice: inout Dice) -> [Int] {
        var arriving = Array(drafts.indices)
        for index in drafts.indices where dice.roll(20) {
            arriving.append(contentsOf: Array(repeating: index, count: dice.number(1...2)))
        }
        arriving.shuffle(using: &dice)
        var seen: Set<Int> = []
        var waiting: [Int: [Int]] = [:]
        var result: [Int] = []
        for index in arriving {
            if let after = drafts[index].after, !seen.contains(after) {
                waiting[after, default: []].append(index)
                continue
            }
            var free = [index]
            while let next = free.popLast() {
                seen.insert(next)
                result.append(next)
                free += waiting.removeValue(forKey: next) ?? []
            }
        }
        return result
    }

    /// How often a group's deletion arrives after an event that it precedes.
    func lateDeletions(in arrival: [Int]) -> Int {
        var arrived: [SampleEvent] = []
        var late = 0
        for event in arrival.flatMap({ drafts[$0].events }) {
            if event.type == SampleEvent.deletion {
                late += arrived.count {
                    $0.group?.id == event.group?.id && $0.instant > event.instant && $0.user != nil
                }
            }
            arrived.append(event)
        }
        return late
    }

    /// The log in which the drafts arrive so: first the settings, then they.
    func entries(_ arrival: [Int], _ dice: inout Dice) throws -> [Entry] {
        var time = Self.start * 1_000_000
        let configured = Draft(kind: .ledgerConfigured, body: try EntryJSON.encode(settings))
        return ([configured] + arrival.map { drafts[$0] }).enumerated().map { position, draft in
            if dice.roll(80) { time += Int64(dice.number(1...1_500_000)) }
            return Entry(position: Int64(position), kind: draft.kind, recordedAt: time, key: nil, body: draft.body)
        }
    }
}

/// What a history must contain to prove anything, and how often histories did.
enum Case: String, CaseIterable {
    case tieWithinMillisecond, sameMillisecondOtherNanosecond, mixedUUIDVersions
    case timeUUIDMatching, timeUUIDNotMatching, randomUUID, textUUID
    case editedCopy, editedCopyAgainstSystemLog, systemLogCopy, systemLogOnly, repeatWithinDelivery
    case lateGroupDeletion, readdAfterDeletion, renameAcrossPrefix, oldEvent, futureEvent
    case failedOutcome, oddTargets, foreignOrganization, approval, unreadableBody, unreadableEvent, userEvent
    case baseline, baselineAtEvent, secondBaseline, groupGone
}

/// How often each case was hit.
struct Tally {
    private(set) var counts: [Case: Int] = [:]

    mutating func hit(_ name: Case, _ times: Int = 1) { counts[name, default: 0] += times }

    var missing: [Case] { Case.allCases.filter { counts[$0, default: 0] == 0 } }

    var text: String { Case.allCases.map { "\($0.rawValue) \(counts[$0, default: 0])" }.joined(separator: ", ") }
}
