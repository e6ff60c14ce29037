import ArgumentParser
import Foundation
import Ledger
import Logging
import Projector
import SQLiteStore
import Server
import ServiceLifecycle

/// The part that is put under load: the real listener, before the real log with its fold, or before nothing.
struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "listen", shouldDisplay: false)

    static let secret = "Bearer benchmark"

    @Option var database: String?

    /// Prints the port, then at each line read how many entries are not folded yet; ends with its input.
    func run() async throws {
        let sink: any DeliverySink
        if let database {
            let store = try Store.open(database, mode: .create)
            let settings = try EntryJSON.encode(FoldSettings(prefix: "AWS_", organization: nil, directory: nil))
            _ = try await store.append(NewEntry(kind: .ledgerConfigured, key: nil, body: settings))
            let follower = Follower(try Projection(store), of: store)
            Task { try await follower.run() }
            sink = LogSink(log: store)
            answerLines { try follower.lag() }
        } else {
            sink = DiscardingSink()
            answerLines { 0 }
        }
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        let listener = try hookService(secret: Self.secret, sink: sink, logger: logger) { Output.line("\($0)") }
        try await listener.run()
    }

    private func answerLines(_ lag: @escaping @Sendable () throws -> Int64) {
        Thread.detachNewThread {
            while readLine() != nil { Output.line("\((try? lag()) ?? -1)") }
            Foundation.exit(0)
        }
    }
}

/// Takes a delivery that was read and checked, and forgets it.
private struct DiscardingSink: DeliverySink {
    func accept(_ body: [UInt8], eventID: String?) async throws(AppendError) -> Appended {
        .stored(position: 0, recordedAt: 0)
    }
}

/// Lines on the standard output, at once.
enum Output {
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
