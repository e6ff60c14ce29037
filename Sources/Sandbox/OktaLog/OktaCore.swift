/// An Okta org behind its API: what it holds, its System Log, and the endpoints that tell of both.
public struct OktaCore: Sendable {
    /// The System Log.
    public var log: SystemLogCore
    /// The Groups API.
    public var groups: GroupsAPI
    /// Who and what the org holds.
    public var org: OrgCore

    /// An org that holds this.
    public init(_ org: OrgCore = .init(), settings: OktaSettings = .init()) {
        self.org = org
        log = SystemLogCore(settings: settings)
        groups = GroupsAPI(settings: settings)
    }

    /// Answers a request; `now` is the real clock, in nanoseconds since 1970.
    public mutating func receive(_ request: DirectoryRequest, now: Int64) -> DirectoryResponse {
        request.target.hasPrefix("/api/v1/groups")
            ? groups.receive(request, org: org, now: now) : log.receive(request, now: now)
    }
}
