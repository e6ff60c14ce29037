import Foundation
import Sandbox
import Synchronization
import Testing

/// More than a minute at AWS's limits: the real program, real time, HTTP. It mostly waits, so it runs beside the others.
@Suite(.timeLimit(.minutes(6))) struct `Storm in real time` {
    private static let users = 2_600
    private static let groups = 260
    private static let changesOfAGroup = 20
    /// AWS's limits, which are the defaults, and no brake.
    private static let settings = [
        "LEDGER_SCIM_READS_PER_SECOND": "40", "LEDGER_SCIM_WRITES_PER_SECOND": "25", "LEDGER_BRAKE_REMOVALS": "0",
        "LEDGER_BRAKE_SHARE": "0", "LEDGER_BRAKE_ADDITIONS": "0",
    ]

    private static func user(_ number: Int) -> String { "00u\(number % users)" }
    private static func name(_ group: Int) -> String { "AWS_\(group)" }

    /// Users of a group that are to leave it: five of every third.
    private static func leavers(_ group: Int) -> Set<String> {
        group % 3 == 0 ? Set((0..<5).map { user(group * 10 + $0) }) : []
    }

    /// Members of a group before: those who are to leave, and one who is to stay.
    private static func before(_ group: Int) -> Set<String> { leavers(group).union([user(group * 10 + 1_000)]) }

    /// Members of a group in the end.
    private static func wanted(_ group: Int) -> Set<String> {
        Set((0..<changesOfAGroup).map { user(group * 10 + $0) }).union(before(group)).subtracting(leavers(group))
    }

    @Test func `5,200 changes over 260 groups take as long as 40 reads and 25 writes a second allow, and no 429`()
        async throws
    {
        let directory = SandboxDirectory()
        try directory.seed(
            users: (0..<Self.users).map { SeedUser(userName: "00u\($0)@example.com", externalId: "00u\($0)") },
            groups: (0..<Self.groups).map { group in
                SeedGroup(displayName: Self.name(group), members: Self.before(group).sorted())
            }
        )
        let pulse = Pulse()
        try await directory.serving { url in
            let ledger = try TestLedger(directory: url, Self.settings)
            // Nothing is sent before all is told, so that the fewest requests are known.
            let receiving = try ledger.serve(["LEDGER_PUSH_MODE": "off"])
            try Self.tellAll(receiving)
            try waitUntil("all is folded") {
                usleep(200_000)
                return try ledger.count("SELECT count(*) FROM delivery WHERE events IS NULL") == 0
            }
            #expect(try receiving.stop() == 0)
            // A start with everything still to do: nothing leaves in a crowd then either.
            let start = ContinuousClock.now
            let service = try ledger.serve()
            let last = try Self.wait(for: directory, ledger)
            let seconds = (last - start) / .seconds(1)
            try ledger.settled()
            try Self.check(directory, ledger, seconds: seconds, stall: pulse.longest)
            #expect(try service.stop() == 0)
        }
    }

    private static func tellAll(_ service: RunningService) throws {
        try onThreads(4) { number in
            let hook = service.hook()
            for group in stride(from: number, to: groups, by: 4) {
                let leavers = leavers(group)
                for place in 0..<changesOfAGroup {
                    let user = user(group * 10 + place)
                    let change =
                        leavers.contains(user)
                        ? HandMade.remove(user, name(group), ago: 60) : HandMade.add(user, name(group), ago: 60)
                    try hook.deliver(change.body)
                }
            }
        }
    }

    /// - Returns: when the last change arrived.
    private static func wait(for directory: SandboxDirectory, _ ledger: TestLedger) throws -> ContinuousClock.Instant {
        let all = groups * changesOfAGroup
        func state() -> String {
            let requests = directory.inspect { $0.record.requests }
            return "\(requests), \((try? ledger.run("status").output) ?? "no status")"
        }
        try waitUntil("all changes: \(state())", seconds: 240) {
            usleep(100_000)
            return directory.inspect { $0.record.journal.count } >= all
        }
        return .now
    }

    private static func check(
        _ directory: SandboxDirectory,
        _ ledger: TestLedger,
        seconds: Double,
        stall: Double
    ) throws {
        let record = directory.inspect(\.record)
        let (reads, writes) = (record.count("GET"), record.count("PATCH"))
        let bound = max(Double(users + groups) / 40, Double(groups) / 25)
        print(
            """
            storm in real time: \(groups * changesOfAGroup) changes in \(writes) PATCHes after \(reads) reads, \
            \(seconds) s ÷ bound \(bound) s = \(seconds / bound); most in a second: \
            \(record.mostReads) reads, \(record.mostWrites) writes; the directory stood still for \(stall) s at most
            """
        )
        #expect(bound >= 60)
        // Nobody can be quicker: the limits hold to the second.
        #expect(seconds >= bound - 2)
        #expect(
            directory.membership()
                == Dictionary(uniqueKeysWithValues: (0..<groups).map { (name($0), wanted($0)) })
        )
        #expect(record.violations == [])
        #expect(writes == groups)
        // Each request on the wire is one attempt: libcurl resent none.
        #expect(try ledger.count("SELECT count(*) FROM attempt WHERE result <> 'notSent'") == writes)
        // What left in time and then waited for a directory that stood still arrives together. That is no burst of ours,
        // and after a second of it there are too many at once.
        let bunched = max(stall, 0.25)
        if bunched > 0.8 { return print("storm in real time: the directory stood still, so 429 answers prove nothing") }
        #expect(record.requests.keys.filter { $0.hasSuffix("429") } == [])
        // One lookup of each user and group, and the members of the first group with removals before and after.
        #expect(reads == users + groups + 2)
        #expect(record.mostReads <= 40 + Int(40 * bunched))
        #expect(record.mostWrites <= 25 + Int(25 * bunched))
    }
}

/// How long the threads that serve the directory stood still, measured on them.
private final class Pulse: Sendable {
    private let state = Mutex(0.0)
    private let task = Mutex<Task<Void, any Error>?>(nil)

    /// Seconds at most.
    var longest: Double { state.withLock(\.self) }

    init() {
        let state = Weak(self)
        task.withLock {
            $0 = Task {
                while true {
                    let before = ContinuousClock.now
                    try await Task.sleep(for: .milliseconds(50))
                    guard let pulse = state.value else { return }
                    let late = (ContinuousClock.now - before) / .seconds(1) - 0.05
                    pulse.state.withLock { $0 = max($0, late) }
                }
            }
        }
    }

    deinit { task.withLock { $0?.cancel() } }
}

private struct Weak: Sendable {
    weak let value: Pulse?
    init(_ value: Pulse) { self.value = value }
}
