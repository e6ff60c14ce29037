import GRDB
import Projector

extension SQLiteState {
    /// Saves in plain columns what the audit trail tells of an entry of our own.
    ///
    /// The views cannot read it from the body: in a schema that is not trusted, SQLite 3.40 has no JSON function that does
    /// not fail on what is not JSON.
    func note(_ entry: ReadEntry) throws {
        switch entry.content {
        case .observation(let body): try note(body, at: entry.position)
        case .directory(let body): try note(body, at: entry.position)
        case .members(let body): try note(body, at: entry.position)
        case .action(let body): try note(body, at: entry.position)
        case .held(let body): try note(body, at: entry.position)
        case .proof(let body): try note(body, at: entry.position)
        case .baseline(let body): try note(body, at: entry.position)
        default: break
        }
    }

    private func note(_ body: ObservationBody, at position: Int64) throws {
        try insert([
            position, 0, "lookup \(body.subject.rawValue)", "directory",
            body.subject == .group ? body.id : nil, body.subject == .user ? body.id : nil,
            body.directoryID, body.finding.rawValue, body.detail,
        ])
    }

    private func note(_ body: DirectoryBody, at position: Int64) throws {
        try insert([
            position, 0, "directory", "directory", nil, nil, nil, body.finding.rawValue, body.detail,
        ])
    }

    private func note(_ body: ProofBody, at position: Int64) throws {
        try insert([
            position, 0, "proof", "directory", body.group, nil, body.attempt, body.verdict.rawValue,
            body.harm(inGroup: nil) ?? "removals are exact in the dialect \(body.dialect)",
        ])
    }

    private func note(_ body: MembersBody, at position: Int64) throws {
        for (ordinal, pair) in body.pairs.enumerated() {
            try insert([
                position, ordinal, "found \(pair.present ? "present" : "absent")", "directory", body.group, pair.user,
                pair.member, nil, "read among \(body.found) member(s)",
            ])
        }
    }

    private func note(_ body: OperatorBody, at position: Int64) throws {
        let approved = (body.events ?? []) + (body.holds ?? [])
        let references: [String?] = approved.isEmpty ? [body.plan ?? body.from.map { "from \($0)" }] : approved
        for (ordinal, reference) in references.enumerated() {
            try insert([
                position, ordinal, "operator \(body.action.rawValue)", "\(body.operatorName) (uid \(body.uid))",
                body.group, nil, reference, nil, body.reason,
            ])
        }
    }

    private func note(_ body: HoldBody, at position: Int64) throws {
        guard let hold = try hold(position) else { return }
        for (ordinal, pair) in hold.body.pairs.enumerated() {
            try insert([
                position, ordinal, "push held \(pair.present ? "present" : "absent")", "ledger", body.group, pair.user,
                HoldBody.name(at: position), body.reason.rawValue,
                "\(body.counted) in the window, \(body.allowed) allowed",
            ])
        }
    }

    private func insert(_ columns: [(any DatabaseValueConvertible)?]) throws {
        try run("INSERT INTO \(schema.table("note")) VALUES (\(marks(9)))", columns)
    }
}
