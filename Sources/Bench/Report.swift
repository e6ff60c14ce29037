import Foundation
import Sandbox

/// What the benchmark prints.
enum Report {
    static func deliveries(_ lines: [DeliveryBench.Line], meanBody: Int) {
        Output.line("")
        Output.line("Deliveries of \(meanBody) bytes on the mean, durable with the fold running ÷ read and discarded")
        row([
            "connections", "durable/s", "discard/s", "ratio", "p99 ms", "discard p99", "fdatasync ms", "cores", "lag",
            "client",
        ])
        for line in lines {
            row([
                "\(line.connections)", whole(line.durable.rate), whole(line.discarded.rate), two(line.ratio),
                two(line.durable.p99), two(line.discarded.p99), two(line.syncMilliseconds), two(line.durableShare),
                "\(line.lag)", "\(two(line.durable.clientShare)) \(two(line.discarded.clientShare))",
            ])
        }
    }

    static func rebuild(_ outcome: RebuildBench.Outcome) {
        let contents = outcome.contents
        let tally = contents.tally
        Output.line("")
        Output.line(
            """
            Rebuild of \(contents.events) events in \(contents.deliveries) deliveries, \
            \(contents.bytes / max(1, contents.deliveries)) bytes on the mean: \
            \(tally.added) adds, \(tally.removed) removes, \(tally.failed) failed, \(tally.noise) noise, \
            \(tally.renamed) renames, \(tally.deleted) deleted groups, \(contents.edited) edited copies, \
            \(contents.late) held
            """
        )
        row(["rebuild s", "events/s", "SQL s", "SQL ÷ rebuild", "peak MB", "fdatasync ms", "rows"])
        row([
            two(outcome.rebuildSeconds), whole(Double(contents.events) / outcome.rebuildSeconds),
            two(outcome.sqlSeconds),
            two(outcome.ratio), whole(outcome.peakMegabytes), two(outcome.syncMilliseconds), "equal",
        ])
    }

    private static func row(_ cells: [String]) {
        Output.line(
            cells.map { $0 + String(repeating: " ", count: max(0, 13 - $0.count)) }.joined(separator: " ")
        )
    }

    private static func whole(_ value: Double) -> String { String(format: "%.0f", value) }
    private static func two(_ value: Double) -> String { String(format: "%.2f", value) }
}
