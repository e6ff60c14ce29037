import Foundation
import Ledger
import Okta
import OktaClient
import Projector
import SQLiteStore

/// Reads the groups in scope and their members from Okta into the ledger.
///
/// Runs need not wait for each other: each entry says of itself as of when it holds.
struct Baseliner: Sendable {
    /// How far a run has got.
    struct Progress: Sendable {
        var groups = 0
        var of = 0
        var members = 0
    }

    let ledger: OpenLedger
    let okta: Groups
    var progress: @Sendable (Progress) -> Void = { _ in }

    /// Reads group after group; one that cannot be read whole gets no entry and stops no other, unless nothing at all can be
    /// read any more.
    /// - Parameter wanted: the id or name of the one group to read; all in scope where `nil`.
    /// - Returns: the report.
    /// - Throws: `OktaError` where the groups cannot be listed, `UnknownGroup`, `NoGroups`, or the store's error. What was read
    ///   until then is kept.
    func run(group wanted: String?) async throws -> BaselineReport {
        try await ledger.follower.folded(through: ledger.opened)
        let listed = try await okta.all()
        // Even an org without groups of its own has Everyone. Who sees none would find every group gone.
        guard !listed.isEmpty else { throw NoGroups() }
        let names = Dictionary(listed.map { ($0.id, $0.name) }) { $1 }
        let chosen = try wanted.map { [try resolve($0, names)] } ?? ledger.projection.groupsToRead(named: names)
        let run = UUID().uuidString.lowercased()
        var report = BaselineReport(run: run)
        var progress = Progress(of: chosen.count)
        var ending: OktaError?
        for id in chosen {
            try Task.checkCancellation()
            let known = try await ledger.follower.differences { try $0.known(ofGroup: id) }
            switch await read(id, run: run, unless: ending) {
            case .success(let body):
                try await keep(body)
                let now = try await ledger.follower.differences { try $0.known(ofGroup: id) }
                report.add(body, before: known, after: now)
                progress.members += body.members.count
            case .failure(let error):
                if error.endsAll { ending = error }
                report.fail(id, name: names[id] ?? known.state.name, error)
            }
            progress.groups += 1
            self.progress(progress)
        }
        report.conclude(try Coverage.lines(of: ledger.projection))
        return report
    }

    /// The Okta id of a group given by id or name, as Okta has them now, else as the ledger knows them.
    private func resolve(_ wanted: String, _ names: [String: String]) throws -> String {
        let found = names.filter { $0.key == wanted || $0.value == wanted }.keys.sorted()
        guard found.count < 2 else { throw UnknownGroup(text: wanted, ids: found) }
        return try found.first ?? GroupName.resolve(wanted, in: ledger.store)
    }

    private func read(_ id: String, run: String, unless ending: OktaError?) async -> Result<BaselineBody, OktaError> {
        do throws(OktaError) {
            if let ending { throw ending }
            return .success(try await read(id, run: run))
        } catch {
            return .failure(error)
        }
    }

    /// All of one group.
    private func read(_ id: String, run: String) async throws(OktaError) -> BaselineBody {
        let found = try await okta.members(of: id)
        // Asked last, so that the name too is no older than the instant.
        let group = found.members == nil ? nil : try await okta.group(id)
        let members = group == nil ? [] : found.members ?? []
        return BaselineBody(
            run: run,
            group: id,
            name: group?.name,
            exists: group != nil,
            instant: found.instant.nanoseconds / 1_000,
            askedAt: found.askedAt,
            members: members.map { .init(user: $0.id, login: $0.login, name: $0.name, status: $0.status) }
        )
    }

    /// Appends it, and waits until it is folded.
    private func keep(_ body: BaselineBody) async throws {
        let entry = NewEntry(
            kind: .oktaBaseline,
            key: EntryKey("\(body.run):\(body.group)"),
            body: try EntryJSON.encode(body)
        )
        try await ledger.follower.folded(through: try await ledger.store.append(entry).position)
    }
}

extension OktaError {
    /// Whether no other request would fare better.
    fileprivate var endsAll: Bool {
        switch kind {
        case .transport, .unauthorized, .throttled, .serverFailed, .noAccessToken, .proofRefused, .keyFailed, .noDate:
            true
        case .forbidden, .refused, .tooFarBack, .malformed, .foreignLink, .noNextLink, .endless: false
        }
    }
}

/// Okta lists no group, not even Everyone.
struct NoGroups: Error, CustomStringConvertible {
    let description =
        "Okta lists no group at all, so nothing was read: the admin of okta.api.token, or the app's admin role, must be "
        + "allowed to view all groups."
}
