import ArgumentParser
import GRDB
import Projector
import SQLiteStore

/// `ledger pause`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Sends nothing to the directory until `ledger resume`; receiving goes on."
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var operatorOptions: OperatorOptions

    func run() async throws {
        try await LedgerAccess.with(try database.settings(for: .database)) { access in
            try await access.act(OperatorBody(.pause, operatorOptions))
        }
        Output.line("Paused. `ledger resume` sends again.")
    }
}

/// `ledger resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Sends to the directory again after `ledger pause`, or after the directory was seen to do harm.",
        discussion: "Where both hold, the first `resume` ends the pause, and a second one lets go of the directory."
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var operatorOptions: OperatorOptions

    func run() async throws {
        let settings = try database.settings(for: .database)
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let before = try Projection(readOnly: store).concerns()
        if before.paused == nil, before.harm == nil {
            Output.line("Nothing is paused.")
            return
        }
        try await LedgerAccess.with(settings) { access in
            try await access.act(OperatorBody(.resume, operatorOptions))
        }
        if before.paused != nil, let harm = before.harm {
            Output.line("The pause has ended. The directory is still held: \(TablePrinter.visible(harm))")
        } else {
            Output.line("Resumed.")
        }
    }
}

/// `ledger release`.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Ends an Okta group's binding to its directory group.",
        discussion: """
            Members there stay as they are, unless the group's name still begins with the prefix: then it is looked up again, \
            and every pair is sent again.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var operatorOptions: OperatorOptions

    @Argument(help: "The Okta group's id or name.")
    var group: String

    func run() async throws {
        let settings = try database.settings(for: .database)
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let id = try GroupName.resolve(group, in: store)
        try await LedgerAccess.with(settings) { access in
            try await access.act(OperatorBody(.release, operatorOptions, group: id))
        }
        Output.line("Released \(TablePrinter.visible(group)).")
    }
}

/// Finds a group that a person named.
enum GroupName {
    /// The Okta id of a group given by id or by latest name.
    /// - Throws: `UnknownGroup` where it names none or several.
    static func resolve(_ text: String, in store: Store) throws -> String {
        let found = try store.table(
            "SELECT DISTINCT group_id FROM membership WHERE group_id = ?1 OR group_name = ?1",
            [text]
        ).rows.compactMap(\.first).compactMap(\.self)
        guard found.count == 1 else { throw UnknownGroup(text: text, ids: found) }
        return found[0]
    }
}

/// A name that names no group, or several.
struct UnknownGroup: Error, CustomStringConvertible {
    let text: String
    let ids: [String]

    var description: String {
        let name = TablePrinter.visible(text)
        return ids.isEmpty
            ? "No event has told of a group \(name). `ledger members` lists the groups that are known."
            : "Several groups are called \(name): \(ids.map(TablePrinter.visible).joined(separator: ", ")). Give one of these ids."
    }
}
