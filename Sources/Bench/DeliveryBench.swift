import Foundation
import SQLiteStore

/// Deliveries a second: durable, with the fold running, against the same listener that forgets what it read.
struct DeliveryBench {
    /// Seconds of one load.
    let seconds: Double
    /// Loads of each kind, taken by turns; their median counts.
    let rounds: Int
    let connections: [Int]
    let folder: String

    struct Line {
        let connections: Int
        let discarded: LoadResult
        let durable: LoadResult
        let syncMilliseconds: Double
        /// Processor seconds that the durable listener used for each second of load.
        let durableShare: Double
        let lag: Int64

        var ratio: Double { durable.rate / discarded.rate }
    }

    func run() throws -> (lines: [Line], meanBody: Int) {
        let database = folder + "/deliveries.db"
        let durable = try ChildProcess(["listen", "--database", database])
        let discarding = try ChildProcess(["listen"])
        let ports = (durable: try port(durable), discarding: try port(discarding))
        var ammunition = Ammunition(
            count: 4_096,
            now: SystemSource.microseconds() * 1_000,
            secret: ListenCommand.secret
        )
        // Once unmeasured: the first requests of a process pay for what is made only once.
        _ = try Load.run(port: ports.durable, connections: 32, seconds: 1, &ammunition)
        _ = try Load.run(port: ports.discarding, connections: 32, seconds: 1, &ammunition)
        var lines: [Line] = []
        for connections in self.connections {
            var results: (discarded: [LoadResult], durable: [LoadResult]) = ([], [])
            var share = 0.0
            let sync = try Machine.syncMilliseconds(in: folder)
            for _ in 0..<rounds {
                results.discarded.append(
                    try Load.run(port: ports.discarding, connections: connections, seconds: seconds, &ammunition)
                )
                let before = try Machine.processorSeconds(of: durable.pid)
                results.durable.append(
                    try Load.run(port: ports.durable, connections: connections, seconds: seconds, &ammunition)
                )
                share += (try Machine.processorSeconds(of: durable.pid) - before) / seconds / Double(rounds)
            }
            let lag = Int64(try durable.ask()) ?? -1
            while Int64(try durable.ask()) ?? 0 > 0 { Thread.sleep(forTimeInterval: 0.05) }
            lines.append(
                Line(
                    connections: connections,
                    discarded: median(results.discarded),
                    durable: median(results.durable),
                    syncMilliseconds: sync,
                    durableShare: share,
                    lag: lag
                )
            )
        }
        try durable.end()
        try discarding.end()
        return (lines, ammunition.meanBody)
    }

    private func port(_ child: ChildProcess) throws -> Int {
        guard let port = Int(try child.line()) else { throw BenchError("the listener tells no port") }
        return port
    }

    private func median(_ results: [LoadResult]) -> LoadResult {
        results.sorted { $0.rate < $1.rate }[results.count / 2]
    }
}
