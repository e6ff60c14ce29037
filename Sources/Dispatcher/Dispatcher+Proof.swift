import Ledger
import Logging
import Projector
import SCIM

extension Dispatcher {
    func readMembers(_ group: String, _ directoryGroup: String) async throws -> Ending {
        let result: Result<[String], SCIMError>
        do throws(SCIMError) {
            result = .success(try await members(of: group, directoryGroup))
        } catch {
            result = .failure(error)
        }
        try await recordDirectory()
        return .membersRead(group: group, result)
    }

    /// The members of a group now.
    func members(of group: String, _ directoryGroup: String) async throws(SCIMError) -> [String] {
        var failure: SCIMError?
        defer { heard(failure) }
        do throws(SCIMError) {
            return try await directory.members(of: directoryGroup)
        } catch {
            logger.warning("members not read", metadata: ["okta.id": "\(group)", "error": "\(error)"])
            failure = error
            throw error
        }
    }

    /// What a request showed of how the directory removes members; `nil` where it shows nothing.
    func finding(
        _ batch: Batch,
        _ witnesses: Batch.Witnesses,
        _ pushed: Pushed
    ) async throws -> ProofBody? {
        guard let answer = pushed.answer, let attempt = pushed.attempt else { return nil }
        func body(_ verdict: ProofBody.Verdict, _ members: [String]) -> ProofBody {
            ProofBody(
                verdict: verdict,
                dialect: directory.dialect.rawValue,
                group: batch.group,
                directoryGroup: batch.directoryGroup,
                attempt: attempt,
                members: members
            )
        }
        if Proof.contradicts(answer, batch, directory.dialect) { return body(.refused, batch.changes.map(\.member)) }
        guard case .members(let before) = witnesses, answer.mayHaveTakenEffect else { return nil }
        var kept: [String]?
        var readings = 0
        while readings < Self.readings, !isStopping {
            // A directory may need a moment until it shows what it has done.
            if readings > 0 || core.target.holdUntil > surroundings.now() {
                try await surroundings.sleep(Self.pauseBetweenReadings)
                if core.target.holdUntil > surroundings.now() { continue }
            }
            readings += 1
            kept = nil
            guard let after = try? await members(of: batch.group, batch.directoryGroup) else { continue }
            switch Proof.compare(before: before, after: after, batch) {
            case .exact: return body(.exact, [])
            case .nothing: return nil
            case .lost(let members): return body(.tookOthers, members)
            case .kept(let members): kept = members
            }
        }
        guard let kept, readings == Self.readings, answer.classification == .applied else { return nil }
        return body(.ignored, kept)
    }

    private static let readings = 5
    private static let pauseBetweenReadings: Int64 = 3_000_000
}

extension SCIMOutcome {
    /// Whether the directory may now hold what was asked for.
    fileprivate var mayHaveTakenEffect: Bool {
        switch classification {
        case .applied, .unknown: true
        case .refused, .notSent, .throttled, .unauthorized: false
        }
    }
}
