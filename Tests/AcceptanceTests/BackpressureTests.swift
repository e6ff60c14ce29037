import Foundation
import GRDB
import Sandbox
import Synchronization
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(2))) struct `Back pressure` {
        private enum State: String, CaseIterable {
            case up
            case down
            case hung
            case refusing
        }

        @Test func `deliveries are answered whatever the directory does`() async throws {
            var medians: [State: (p50: Double, p99: Double)] = [:]
            for state in State.allCases {
                let directory = SandboxDirectory(settings: .init(throttles: .off))
                medians[state] = try await directory.serving { url in
                    let history = PressureHistory()
                    try directory.seed(users: history.users, groups: history.groups)
                    switch state {
                    case .up, .down: break
                    case .hung: directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(.hang())])) }
                    case .refusing: directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(.status(500))])) }
                    }
                    let closed = "http://127.0.0.1:\(try freePort())/tenant/scim/v2/"
                    let ledger = try TestLedger(directory: state == .down ? closed : url)
                    let service = try ledger.serve()
                    let times = try history.play(to: service)
                    if state == .hung || state == .refusing { #expect(directory.count("") > 0) }
                    if state != .up { #expect(try ledger.count("SELECT count(*) FROM pending") > 0) }
                    try service.kill()
                    return (times[times.count / 2], times[times.count * 99 / 100])
                }
            }
            let up = medians[.up] ?? (1, 1)
            for state in State.allCases {
                let it = medians[state] ?? (0, 0)
                let figures = [it.p50, it.p99, it.p99 / up.p99].map { String(format: "%.2f", $0) }
                print(
                    "back pressure: directory \(state.rawValue): p50 \(figures[0]) ms, p99 \(figures[1]) ms, p99 ÷ p99 up \(figures[2])"
                )
            }
        }
    }
}

private struct PressureHistory {
    let users: [String]
    let groups: [String]
    private let bodies: [[UInt8]]

    init() {
        let start = Int64(Date().timeIntervalSince1970 - 7_200) * 1_000_000_000
        var generator = OktaGenerator(
            seed: 7,
            organisation: OktaOrganisation(users: 40, groups: 8),
            startingAt: start
        )
        users = generator.people.map(\.id)
        groups = generator.groups.map(\.name).filter { $0.hasPrefix("AWS_") }
        bodies = generator.deliveries(OktaTraffic(deliveries: 440, noiseShare: 0.1)).map(\.body)
    }

    /// Posts on 4 connections, and returns the milliseconds that each answer took, sorted, without those of the first 40.
    func play(to service: RunningService) throws -> [Double] {
        let times = Mutex<[Double]>([])
        let bodies = bodies
        for range in [0..<40, 40..<bodies.count] {
            times.withLock { $0 = [] }
            try onThreads(4) { number in
                let hook = service.hook()
                for index in range where index % 4 == number {
                    let begin = ContinuousClock.now
                    try hook.deliver(bodies[index])
                    let took = (ContinuousClock.now - begin) / .milliseconds(1)
                    times.withLock { $0.append(took) }
                }
            }
        }
        return times.withLock { $0.sorted() }
    }
}
