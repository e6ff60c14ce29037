import Foundation
import Ledger
import Projector

enum JSONBytes {
    static func encode(_ object: [String: Any]) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: object, options: .sortedKeys))
    }
}

extension ViewsLedger {
    func observe(
        _ subject: ObservationBody.Subject,
        _ id: String,
        _ finding: Finding,
        _ directoryID: String?
    ) async throws {
        let body = ObservationBody(subject: subject, id: id, finding: finding, directoryID: directoryID, detail: nil)
        try await note(.scimObservation, body)
    }

    func attempt(_ id: String, _ group: String, _ changes: [String: Bool], number: Int) async throws {
        let body = AttemptBody(
            id: id,
            group: "00g-\(group)",
            directoryGroup: "g-1",
            changes: changes.sorted { $0.key < $1.key }
                .map { AttemptBody.Change(user: "00u-\($0.key)", member: "u-\($0.key)", present: $0.value) },
            method: "PATCH",
            path: "/Groups/g-1",
            body: #"{"Operations":[]}"#,
            tryNumber: number
        )
        try await note(.scimAttempt, key: id, body)
    }

    func outcome(_ id: String, _ result: OutcomeBody.Result, status: Int?, retryAt: Int64? = nil) async throws {
        let body = OutcomeBody(
            attempt: id,
            result: result,
            status: status,
            requestID: "r-\(id)",
            detail: nil,
            durationMilliseconds: 250,
            retryAt: retryAt
        )
        try await note(.scimOutcome, key: id, body)
    }

    func act(_ action: OperatorBody.Action, reason: String, events: [String]? = nil, holds: [String]? = nil)
        async throws
    {
        let body = OperatorBody(
            action: action,
            operatorName: "olga",
            uid: 1000,
            reason: reason,
            events: events,
            holds: holds
        )
        try await note(.operatorAction, key: UUID().uuidString, body)
    }
}
