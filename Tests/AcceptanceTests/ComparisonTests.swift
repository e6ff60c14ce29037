import Foundation
import Testing

/// What the comparison says is what its program counts.
@Suite(.timeLimit(.minutes(5))) struct `Comparison` {
    @Test func `the first table of docs/comparison.md is what ledger-bench compare prints for its input`() async throws
    {
        try await onThread {
            let ledger = try TestLedger()
            let program = URL(filePath: try TestLedger.program).deletingLastPathComponent().appending(
                path: "ledger-bench"
            )
            let input = ["--users", "100", "--groups", "10", "--events", "150"]
            let process = try ChildProcess(
                [program.path, "compare", "--folder", ledger.folder] + input,
                environment: ["PATH": "/usr/bin:/bin"],
                folder: ledger.folder
            )
            #expect(try process.wait(seconds: 240) == 0, "\(process.errors)")
            let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
            let page = try String(contentsOf: root.appending(path: "docs/comparison.md"), encoding: .utf8)
            #expect(process.output.split(separator: "\n").count == 6)
            #expect(page.contains(process.output), "\(process.output)")
            #expect(page.contains(input.joined(separator: " ")))
        }
    }
}
