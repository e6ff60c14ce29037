import ArgumentParser
import Foundation
import SQLiteStore

/// Options of every command.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "Path of the SQLite file (LEDGER_DATABASE; default ledger.db).")
    var database: String?

    @Option(help: "A YAML file with settings (LEDGER_CONFIG).")
    var config: String?

    /// The settings that a purpose needs, with what the command line says.
    func settings(for purpose: Settings.Purpose) throws(SettingsError) -> Settings {
        var overrides: [SettingKey: String] = [:]
        if let database { overrides[.database] = database }
        return try Settings.load(
            for: purpose,
            overrides: overrides,
            file: config,
            environment: ProcessInfo.processInfo.environment
        )
    }

    /// The ledger, for reading, whether or not the service runs.
    func openForReading() throws -> Store { try Store.openReadOnly(try settings(for: .database).database) }
}

/// Options of commands that print facts.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Whether somebody watches how far the command has got.
    var showsProgress: Bool { !json && isatty(STDERR_FILENO) == 1 }

    /// How far the command has got, in place of what it said before; nothing where nobody watches.
    func progress(_ text: String) {
        if showsProgress { FileHandle.standardError.write(Data("\r\(text)   ".utf8)) }
    }
}

/// Options of commands that change something: they are kept in the log.
struct OperatorOptions: ParsableArguments {
    @Option(name: .customLong("as"), help: "Who you are; kept in the log.")
    var operatorName: String

    @Option(help: "Why you do this; kept in the log.")
    var reason: String

    func validate() throws { try Self.validate(operatorName, reason) }

    /// Bounds of what is kept in the log.
    static func validate(_ operatorName: String, _ reason: String) throws {
        guard (1...200).contains(operatorName.utf8.count) else { throw ValidationError("--as takes 1 to 200 bytes.") }
        guard (1...2_000).contains(reason.utf8.count) else { throw ValidationError("--reason takes 1 to 2,000 bytes.") }
    }
}

/// Where commands print.
enum Output {
    /// A line on standard output.
    static func line(_ text: String = "") { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    /// A line on standard error.
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// A value as JSON, keys sorted.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
