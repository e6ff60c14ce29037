import Ledger
import Logging
import Projector
import SCIM

extension Dispatcher {
    /// Looks a user or a group up, and writes what that taught.
    func lookUp(_ question: Question) async throws -> Ending {
        let answers: Resolution.Answers?
        do throws(SCIMError) {
            answers = try await ask(question)
        } catch {
            return try await fail(question, error)
        }
        if core.target.trouble != nil {
            heard(nil)
            try await recordDirectory()
        }
        guard let answers else { return .outdated(question) }
        return try await learn(question, answers)
    }

    /// A lookup failed: the log is told where that is news, so that the wait has its reason and outlives a restart.
    private func fail(_ question: Question, _ error: SCIMError) async throws -> Ending {
        logger.warning(
            "lookup failed",
            metadata: [
                "scim.subject": "\(question.subject.kind)", "okta.id": "\(question.subject.id)",
                "error": "\(error)",
            ]
        )
        let now = surroundings.now()
        heard(error)
        if let observation = Resolution.failure(question, error, now: now), !observation.repeats(question.known) {
            guard try await record(observation) else { return .outdated(question) }
        }
        try await recordDirectory()
        return .failed(question, error)
    }

    /// - Returns: what was answered; `nil` where a hold began before all was asked.
    private func ask(_ question: Question) async throws(SCIMError) -> Resolution.Answers? {
        // A name may have changed on either side; only the id says whether what was bound is still there.
        if let known = question.known, let id = known.directoryID {
            if try await has(id, question.subject.kind) { return .stillThere(known) }
            if isHeld { return nil }
        }
        switch question.subject.kind {
        case .group:
            guard let name = question.name else { return .group(byDisplayName: .notFound) }
            return .group(byDisplayName: try await directory.groupByDisplayName(name))
        case .user:
            let byExternalID = try await directory.userByExternalID(question.subject.id)
            var byUserName: Lookup<SCIMUser>?
            if case .notFound = byExternalID, let login = question.name {
                if isHeld { return nil }
                byUserName = try await directory.userByUserName(login)
            }
            return .user(byExternalID: byExternalID, byUserName: byUserName)
        }
    }

    private var isHeld: Bool { core.target.holdUntil > surroundings.now() }

    private func has(_ id: String, _ kind: ObservationBody.Subject) async throws(SCIMError) -> Bool {
        switch kind {
        case .group: try await directory.hasGroup(id)
        case .user: try await directory.hasUser(id)
        }
    }

    /// Writes what a lookup taught if it is news, and waits until it is folded.
    private func learn(_ question: Question, _ answers: Resolution.Answers) async throws -> Ending {
        let subject = question.subject
        let claim = answers.candidate.map { Claim(kind: subject.kind, directoryID: $0) }
        let claimant = claim.flatMap { claims[$0] }
        if let claim, claimant == nil { claims[claim] = subject.id }
        defer { if let claim, claimant == nil { claims[claim] = nil } }
        let (holder, isOutdated) = try await fold.differences { reader in
            (
                try claim.flatMap { try reader.holder(of: $0.directoryID, subject.kind) },
                // The name may have changed while the lookup waited; what is found by the old one is not ours.
                try subject.kind == .group
                    ? reader.difference(ofGroup: subject.id)?.name != question.name
                    : answers.dependOnLogin && reader.login(ofUser: subject.id) != question.name
            )
        }
        if isOutdated { return .outdated(question) }
        let observation = Resolution.observation(question, answers, holder: claimant ?? holder)
        if !observation.repeats(question.known) {
            guard try await record(observation) else { return .outdated(question) }
        }
        return .lookedUp(question, observation.finding)
    }

    /// Writes what was learned by reading, and waits until it is folded.
    /// - Returns: whether it was written; not where the dispatcher stops.
    func record(_ body: some Encodable) async throws -> Bool {
        let entry = NewEntry(kind: .scimObservation, key: nil, body: try EntryJSON.encode(body))
        guard let position = try await write(entry, evenWhileStopping: false) else { return false }
        try await fold.folded(through: position)
        return true
    }

    /// Writes how the directory as a whole stands, where the log says otherwise: outcomes say most of it.
    func recordDirectory() async throws {
        guard !isRecordingDirectory else { return }
        isRecordingDirectory = true
        defer { isRecordingDirectory = false }
        while true {
            let known = try await fold.differences { try $0.trouble() }
            let trouble = core.target.trouble
            if known?.kind == trouble?.kind, known?.until == trouble?.until { return }
            guard try await record(DirectoryBody(trouble)) else { return }
        }
    }
}
