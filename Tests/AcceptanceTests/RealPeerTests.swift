import Foundation
import GRDB
import Sandbox
import Testing

extension Acceptance {
    /// A rough history posted over several connections, and the membership read back from the directory.
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Real peer` {
        @Test func `a SCIM server that nobody here wrote holds what the deliveries say`() async throws {
            try await onThread {
                let folder = try TestLedger()
                let peer = try RealDirectory(folder: folder.folder)
                defer { try? peer.stop() }
                let history = History(seed: 3)
                try peer.seed(users: history.users, groups: history.directoryGroups)
                let ledger = try TestLedger(directory: peer.baseURL, dialect: "rfc", token: RealDirectory.token)
                try history.play(to: ledger, name: "scim2-server") { try peer.membership() }
            }
        }

        @Test
        func `a directory with the limits of AWS holds what the deliveries say, and nothing is against its rules`()
            async throws
        {
            let directory = SandboxDirectory()
            try await directory.serving { url in
                let history = History(seed: 4)
                try directory.seed(
                    users: history.users.map { SeedUser(userName: $0.login, externalId: $0.id) },
                    groups: history.directoryGroups.map { SeedGroup(displayName: $0) }
                )
                let ledger = try TestLedger(directory: url, dialect: "aws")
                try history.play(to: ledger, name: "sandbox") { directory.membership() }
                #expect(directory.inspect { $0.record.violations } == [])
            }
        }
    }
}

/// A seeded history: 20 users, 3 groups in scope and some out of it.
private struct History {
    let users: [(login: String, id: String)]
    let directoryGroups: [String]
    private let deliveries: [GeneratedDelivery]
    /// The ends of some groups, the last one of them in scope.
    private let deletions: [GeneratedDelivery]
    private let deletedGroup: String
    private let truth: [String: Set<String>]

    init(seed: UInt64) {
        let organisation = OktaOrganisation(users: 20, groups: 5, prefixShare: 0.6)
        // Two hours ago and some minutes long: nothing is too old or in the future.
        let start = Int64(Date().timeIntervalSince1970 - 7_200) * 1_000_000_000
        var (seed, generator) = (seed, OktaGenerator(seed: seed, organisation: organisation, startingAt: start))
        while generator.groups.filter({ $0.name.hasPrefix("AWS_") }).count != 3 {
            seed += 100
            generator = OktaGenerator(seed: seed, organisation: organisation, startingAt: start)
        }
        print("history: seed \(seed)")
        users = generator.people.map { ($0.login, $0.id) }
        directoryGroups = generator.groups.map(\.name).filter { $0.hasPrefix("AWS_") }
        var traffic = OktaTraffic.rough(deliveries: 220)
        // New names would name groups that the directory does not have.
        traffic.renameShare = 0
        traffic.deleteShare = 0
        traffic.oddShare = 0.06
        deliveries = generator.deliveries(traffic)
        var deletions: [GeneratedDelivery] = []
        var deleted = ""
        while !deleted.hasPrefix("AWS_") {
            let names = Dictionary(uniqueKeysWithValues: generator.groups.map { ($0.id, $0.name) })
            let event = generator.deleteGroup()
            if case .deleted(let id) = event.effect { deleted = names[id] ?? "" }
            deletions.append(generator.delivery(of: [event]))
        }
        self.deletions = deletions
        deletedGroup = deleted
        truth = generator.truth
    }

    func play(to ledger: TestLedger, name: String, membership: () throws -> [String: Set<String>]) throws {
        let service = try ledger.serve()
        let deliveries = deliveries
        try onThreads(4) { number in
            let hook = service.hook()
            for index in stride(from: number, to: deliveries.count, by: 4) {
                try hook.deliver(deliveries[index].body)
            }
        }
        try ledger.settled()
        #expect(try membership().contains { !$0.value.isEmpty })
        try check(deliveries, ledger, try membership())

        // The end of a group empties it.
        for deletion in deletions { try service.hook().deliver(deletion.body) }
        try ledger.settled()
        let all = deliveries + deletions
        let final = try membership()
        try check(all, ledger, final)
        #expect(final[deletedGroup] == [])
        let oracle = Oracle(all.map(\.body))
        // Two that share nothing but the history: what was meant, and what the bytes say.
        #expect(oracle.members.filter { !$0.value.isEmpty } == truth.filter { !$0.value.isEmpty })

        let kinds = Dictionary(grouping: deliveries) { "\($0.kind)" }.mapValues(\.count)
        let requests = try ledger.count("SELECT count(*) FROM attempt")
        let changes = try ledger.count("SELECT sum(change_count) FROM attempt")
        print(
            """
            real peer \(name): \(all.count) deliveries \(kinds.sorted { $0.key < $1.key }), \(oracle.events) events, \
            \(requests) requests with \(changes) changes
            """
        )
        #expect(all.count >= 200)
        #expect(try ledger.run("verify", "--projections").code == 0)
        #expect(try service.stop() == 0)
    }

    private func check(
        _ deliveries: [GeneratedDelivery],
        _ ledger: TestLedger,
        _ found: [String: Set<String>]
    ) throws {
        let wanted = Oracle(deliveries.map(\.body)).inScope()
        #expect(found == wanted)
        let folded = try ledger.rows("SELECT group_id, user_id FROM membership WHERE desired = 'present'")
        let byGroup = Dictionary(grouping: folded) { $0["group_id"] as String }
            .mapValues { Set($0.map { $0["user_id"] as String }) }
        #expect(byGroup == Oracle(deliveries.map(\.body)).members.filter { !$0.value.isEmpty })
    }
}
