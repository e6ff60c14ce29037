import ArgumentParser
import Logging
import SQLiteStore

/// `ledger serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Receives Okta's deliveries and pushes what differs, until stopped.",
        discussion: "Settings come from LEDGER_* variables, a secrets folder (LEDGER_SECRETS_DIR) and a YAML file."
    )

    @OptionGroup var database: DatabaseOptions

    @Flag(help: "If another process holds the ledger, wait for it to end before opening any port.")
    var waitForLock = false

    func run() async throws {
        let settings = try database.settings(for: .serve)
        let logger = Logger(label: "ledger")
        let lock = waitForLock ? try await WriterLock.wait(database: settings.database) : nil
        try await LedgerService(settings: settings, logger: logger) { ports in
            logger.info(
                "listening",
                metadata: ["hook": "\(ports.hook ?? 0)", "ops": "\(ports.ops ?? 0)"]
            )
        }.run(lock: lock)
    }
}
