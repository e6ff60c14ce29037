import Projector
import SQLiteStore

extension Operations {
    /// What `ledger baseline` asks for.
    struct Baseline: Codable, Sendable {
        /// Id or name of the one group to read; all in scope where `nil`.
        let group: String?
    }

    /// Has Okta's groups read, and says what to type next.
    /// - Parameters:
    ///   - request: what is asked for.
    ///   - baseliner: what reads.
    ///   - isPushing: whether this process looks into the directory by itself.
    /// - Returns: the report.
    /// - Throws: as `Baseliner.run`.
    func baseline(_ request: Baseline, by baseliner: Baseliner, isPushing: Bool) async throws -> BaselineReport {
        var report = try await baseliner.run(group: request.group)
        let hasDirectory = try ledger.projection.lastSettings()?.directory != nil
        report.next =
            if !report.failed.isEmpty {
                "ledger baseline again, once the groups above can be read."
            } else if !hasDirectory {
                "nothing: no directory is configured (push.mode)."
            } else if isPushing {
                "ledger reconcile"
            } else {
                "ledger reconcile --fix --as NAME --reason WHY, or ledger serve, which looks by itself."
            }
        return report
    }
}
