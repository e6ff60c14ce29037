import Foundation
import GRDB
import Sandbox
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(4))) struct `Unknown outcomes` {
        @Test func `killed between request and answer, the directory ends as Okta last said`() async throws {
            var combinations = 0
            for (trouble, moment) in Interleaving.all {
                let directory = SandboxDirectory(settings: .init(throttles: .off))
                combinations += try await directory.serving { url in
                    try Interleaving(trouble: trouble, moment: moment, directory: directory, url: url).run()
                }
            }
            print("unknown outcomes: \(combinations) combinations")
            #expect(combinations == 96)
        }

        /// libcurl sends again by itself where a kept connection dies before any answer. The answer to the second says
        /// nothing of the first, which may have taken effect.
        @Test(arguments: [400, 401, 403, 404, 429, 500])
        func `a refusal of what was sent twice is no proof that nothing happened`(status: Int) async throws {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try await directory.serving { url in
                let (alice, group) = ("00ualice", "AWS_Twice")
                try directory.seed(users: [alice], groups: [group])
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                let hook = service.hook()
                try hook.deliver(HandMade.add(alice, group, ago: 3_000).body)
                try ledger.settled()
                let rules = [
                    FaultRule(.reset(applied: true), method: "PATCH", limit: 1),
                    FaultRule(.status(status, retryAfter: status == 429 ? 2 : nil), method: "PATCH", limit: 1),
                ]
                directory.inspect { $0.misbehave(FaultPlan(rules: rules)) }
                try hook.deliver(HandMade.remove(alice, group, ago: 1_000).body)
                try waitUntil("the answer to the second") {
                    try ledger.count("SELECT count(*) FROM attempt WHERE status = ?", [status]) == 1
                }
                #expect(directory.membership()[group] == [])
                try hook.deliver(HandMade.add(alice, group, ago: 500).body)
                // The token is tried again after a quarter of a minute only; a restart asks at once.
                try service.kill()
                let again = try ledger.serve()
                try ledger.settled()
                #expect(directory.membership()[group] == [alice])
                try again.kill()
            }
        }
    }
}

/// What befalls the request whose answer the service never reads.
private enum Trouble: Equatable {
    /// Nothing: the kill races with the request.
    case race
    /// No answer; `applied` says whether the request took effect before.
    case hang(applied: Bool)
    /// No answer, and the request takes effect only when the service is dead.
    case appliedWhileDown
    /// The connection is reset.
    case reset(applied: Bool)
    /// 500, which says nothing of the effect.
    case failure(applied: Bool)

    var fault: Fault? {
        switch self {
        case .race: nil
        case .hang(let applied): .hang(applied: applied)
        case .appliedWhileDown: .hang()
        case .reset(let applied): .reset(applied: applied)
        case .failure(let applied): .status(500, applied: applied)
        }
    }
}

/// When the service is killed.
private enum KillMoment {
    /// As soon as the attempt is in the log, whether or not its request has left.
    case attemptDurable
    /// When the request has reached the directory.
    case requestArrived
    /// When the outcome `unknown` is in the log, before the next try.
    case outcomeRecorded
}

/// When Okta tells that the opposite is true now.
private enum Opposite: CaseIterable {
    case beforeTheKill
    case whileDown
    case atRestart
    case afterTheRetry
}

/// One group for each way and each time of the opposite; the same trouble and kill for all of them.
private struct Interleaving {
    struct Group {
        let name: String
        let addsFirst: Bool
        let opposite: Opposite
    }

    static let all: [(Trouble, KillMoment)] =
        [
            (.race, .attemptDurable), (.hang(applied: false), .requestArrived), (.hang(applied: true), .requestArrived),
            (.appliedWhileDown, .requestArrived),
        ]
        + [Trouble.reset(applied: false), .reset(applied: true), .failure(applied: false), .failure(applied: true)]
        .flatMap { [($0, .requestArrived), ($0, .outcomeRecorded)] }

    let trouble: Trouble
    let moment: KillMoment
    let directory: SandboxDirectory
    let url: String

    private static let proving = Group(name: "AWS_Proof", addsFirst: false, opposite: .whileDown)
    private static let alice = "00ualice"
    private static let bystander = "00ubystander"

    private var groups: [Group] {
        [true, false].flatMap { addsFirst in
            Opposite.allCases.map { Group(name: "AWS_\(addsFirst) \($0)", addsFirst: addsFirst, opposite: $0) }
        }
    }

    /// - Returns: how many combinations were played.
    func run() throws -> Int {
        try directory.seed(users: [Self.alice, Self.bystander], groups: (groups + [Self.proving]).map(\.name))
        let ledger = try TestLedger(directory: url)
        let before = try ledger.serve()
        try begin(ledger, before)
        let mark = try ledger.count("SELECT count(*) FROM entry")
        if let fault = trouble.fault {
            directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(fault, method: "PATCH")])) }
        }
        let arrived = directory.count("PATCH")
        try post(before) { $0.addsFirst ? add($0, ago: 1_000) : remove($0, ago: 1_000) }
        try waitForMoment(ledger, mark: mark, arrived: arrived)
        try post(before, .beforeTheKill)
        try before.kill()
        directory.inspect { $0.misbehave(FaultPlan()) }
        if trouble == .appliedWhileDown { try applyOpenRequests(ledger) }

        // Up without pushing: what comes now is in the log before the first push after the crash.
        let sent = try ledger.count("SELECT count(*) FROM entry WHERE kind = 'scim.attempt'")
        let idle = try ledger.serve(["LEDGER_PUSH_MODE": "off"])
        try post(idle, .whileDown)
        try idle.kill()
        #expect(try ledger.count("SELECT count(*) FROM entry WHERE kind = 'scim.attempt'") == sent)

        let after = try ledger.serve()
        try post(after, .atRestart)
        try waitForRetry(ledger)
        try post(after, .afterTheRetry)
        try ledger.settled()
        check()
        #expect(try ledger.run("verify", "--projections").code == 0)
        try after.kill()
        return groups.count
    }

    private func begin(_ ledger: TestLedger, _ service: RunningService) throws {
        let hook = service.hook()
        for group in groups + [Self.proving] {
            #expect(try hook.post(HandMade.add(Self.bystander, group.name, ago: 3_000).body) == 200)
            if !group.addsFirst { #expect(try hook.post(add(group, ago: 2_000)) == 200) }
        }
        try ledger.settled()
        // The first removal goes alone, and here many are to be under way at once.
        #expect(try hook.post(remove(Self.proving, ago: 1_500)) == 200)
        try waitUntil("removals are proved") {
            try ledger.count("SELECT count(*) FROM entry WHERE kind = 'scim.proof'") == 1
        }
        try ledger.settled()
    }

    private func add(_ group: Group, ago: Double) -> [UInt8] { HandMade.add(Self.alice, group.name, ago: ago).body }

    private func remove(_ group: Group, ago: Double) -> [UInt8] {
        HandMade.remove(Self.alice, group.name, ago: ago).body
    }

    private func post(_ service: RunningService, _ body: (Group) -> [UInt8]) throws {
        let hook = service.hook()
        for group in groups { #expect(try hook.post(body(group)) == 200) }
    }

    private func post(_ service: RunningService, _ opposite: Opposite) throws {
        let hook = service.hook()
        for group in groups where group.opposite == opposite {
            #expect(try hook.post(group.addsFirst ? remove(group, ago: 500) : add(group, ago: 500)) == 200)
        }
    }

    private func waitForMoment(_ ledger: TestLedger, mark: Int, arrived: Int) throws {
        let ended = moment == .outcomeRecorded ? "AND ended_at IS NOT NULL" : ""
        try waitUntil("\(trouble) \(moment)") {
            try ledger.count(
                "SELECT count(DISTINCT group_id) FROM attempt WHERE position >= ? \(ended)",
                [mark]
            ) == groups.count
        }
        if moment == .attemptDurable { return }
        try waitUntil("\(trouble) arrives") { directory.count("PATCH") >= arrived + groups.count }
    }

    /// The requests of the dead process take effect late.
    private func applyOpenRequests(_ ledger: TestLedger) throws {
        guard let port = URL(string: url)?.port else { throw Failure("no port in \(url)") }
        let wire = WireConnection(port: port)
        let open = try ledger.rows("SELECT method, path, request_body FROM attempt WHERE result = 'open'")
        #expect(open.count == groups.count)
        for attempt in open {
            let answer = try wire.send(
                attempt["method"],
                "/tenant/scim/v2" + (attempt["path"] as String),
                headers: ["Authorization: Bearer \(TestLedger.scimToken)", "Content-Type: application/scim+json"],
                body: Array((attempt["request_body"] as String).utf8)
            )
            #expect(answer.status == 204)
        }
    }

    private func waitForRetry(_ ledger: TestLedger) throws {
        for group in groups where group.opposite == .afterTheRetry {
            try waitUntil("\(trouble) \(moment): the retry in \(group.name)") {
                try ledger.count(
                    "SELECT count(*) FROM membership WHERE group_name = ? AND user_id = ? AND applied = ?",
                    [group.name, Self.alice, group.addsFirst ? "present" : "absent"]
                ) == 1
            }
        }
    }

    private func check() {
        let membership = directory.membership()
        for group in groups {
            let wanted: Set<String> = group.addsFirst ? [Self.bystander] : [Self.bystander, Self.alice]
            #expect(membership[group.name] == wanted, "\(trouble), killed at \(moment), in \(group.name)")
        }
    }
}
