import Projector
import SQLiteStore

extension OpenLedger {
    /// What is applied belongs to the directory that the service was configured with.
    /// - Throws: `OtherDirectory` where it is not this one.
    func require(_ directory: Settings.Directory) throws {
        let known = try projection.lastSettings()?.directory
        guard known != directory.url else { return }
        throw OtherDirectory(known: known, now: directory.url)
    }
}

/// The settings name another directory than the one that the log is about.
struct OtherDirectory: Error, CustomStringConvertible {
    let known: String?
    let now: String

    var description: String {
        "The log is about \(known.map { "the directory \($0)" } ?? "no directory yet"), but scim.url is \(now). Nothing was "
            + "done: set scim.url right, or let `ledger serve` take over the new directory."
    }
}
