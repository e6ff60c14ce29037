/// Body of an `operator.action` entry: who claims to ask, for what, and why.
public struct OperatorBody: Codable, Hashable, Sendable {
    /// What an operator can ask for.
    public enum Action: String, Codable, Hashable, Sendable, CaseIterable {
        /// Send nothing until `resume`.
        case pause
        /// Send again.
        case resume
        /// Let held events have their effect, or held changes past the brake.
        case approve
        /// End a group's binding to its directory group.
        case release
        /// Treat what the directory holds of the chosen pairs as unknown.
        case reassert
        /// Rebuild the fold and push what differs.
        case replay
        /// Take over what reading the directory's members shows, and push what differs.
        case reconcile
    }

    /// What is asked.
    public let action: Action
    /// Who claims to ask (`--as`).
    public let operatorName: String
    /// The user id of the process that asked.
    public let uid: Int
    /// Why (`--reason`).
    public let reason: String
    /// Held events to let through, by uuid.
    public let events: [String]?
    /// Holds of the brake to let through, by name.
    public let holds: [String]?
    /// Okta group id, for `release`, and for `reconcile` of one group.
    public let group: String?
    /// Only pairs whose deciding entry is at or after this position, for `reassert`.
    public let from: Int64?
    /// The plan that was carried out, for `replay`.
    public let plan: String?

    /// An action.
    public init(
        action: Action,
        operatorName: String,
        uid: Int,
        reason: String,
        events: [String]? = nil,
        holds: [String]? = nil,
        group: String? = nil,
        from: Int64? = nil,
        plan: String? = nil
    ) {
        self.action = action
        self.operatorName = operatorName
        self.uid = uid
        self.reason = reason
        self.events = events
        self.holds = holds
        self.group = group
        self.from = from
        self.plan = plan
    }

    private enum CodingKeys: String, CodingKey {
        case action, uid, reason, events, holds, group, from, plan
        case operatorName = "as"
    }
}
