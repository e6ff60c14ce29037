/// A SCIM directory with the documented behaviour of AWS IAM Identity Center, as a value: a request and the time go in,
/// a reaction comes out. It reads no clock and does no I/O.
///
/// Sources: AWS IAM Identity Center SCIM Implementation Developer Guide (docs.aws.amazon.com/singlesignon/latest/
/// developerguide), User Guide (limits), and error bodies that users pasted in public issues. Where AWS says nothing,
/// the sandbox takes the choice that is harder on a client:
/// - PATCH without `User-Agent` is 403 (AWS refuses it; the status is not published);
/// - an unknown user is 404 in a remove as well as in an add, and the whole PATCH is undone;
/// - `members[value eq "id"]`, an empty value list and an unknown path are the general 400;
/// - group names are compared with case, user names without;
/// - a cursor begins with `+++/`, so a client that does not percent-encode it gets 400.
/// One choice is lenient, because clients in use depend on it: `display` in a member is ignored, and noted.
public struct DirectoryCore: Sendable {
    /// How a directory is set up.
    public struct Settings: Sendable {
        /// The path segment that stands for the identity store.
        public var tenant: String
        /// The bearer token that is accepted.
        public var token: String
        /// The limits that are answered 429.
        public var throttles: Throttles
        /// How it takes removals of members; with anything but `aws` it is another kind of server in what it shows, too.
        public var removals: RemoveBehaviour
        /// Whether pages by cursor hold only half of what was asked for, which AWS allows itself.
        public var shortPages: Bool
        /// Decides ids and request ids.
        public var seed: UInt64

        /// Settings with AWS's published limits and names of the sandbox's own.
        public init(
            tenant: String = "tenant",
            token: String = "sandbox-token",
            throttles: Throttles = .aws,
            removals: RemoveBehaviour = .aws,
            shortPages: Bool = false,
            seed: UInt64 = 1
        ) {
            self.tenant = tenant
            self.token = token
            self.throttles = throttles
            self.removals = removals
            self.shortPages = shortPages
            self.seed = seed
        }
    }

    /// How the directory is set up. Throttles may be changed at any time.
    public var settings: Settings
    /// What has been asked, answered and changed since the start or the last reset.
    public internal(set) var record = DirectoryRecord()
    var users = ResourceTable<UserRecord>()
    var groups = ResourceTable<GroupRecord>()
    var random: SeededRandom
    /// The time of the request being handled, nanoseconds since 1970 UTC.
    var now: Int64 = 0
    private var faults = FaultSchedule(FaultPlan())
    private var writes = Bucket()
    private var reads = Bucket()
    private var members = Bucket()

    /// An empty directory.
    public init(settings: Settings = Settings()) {
        self.settings = settings
        random = SeededRandom(seed: settings.seed)
    }

    /// From now on faults come from this plan; its counts begin anew.
    public mutating func misbehave(_ plan: FaultPlan) {
        faults = FaultSchedule(plan)
    }

    /// Forgets all users, groups, faults and records. Settings stay.
    public mutating func reset() {
        self = DirectoryCore(settings: settings)
    }

    /// Handles one request. `now` is nanoseconds since 1970 UTC.
    public mutating func receive(_ request: DirectoryRequest, now: Int64) -> Reaction {
        self.now = now
        if let response = administer(request) { return .answer(response) }
        let address = Address(request.target)
        let named = membersNamed(by: request, at: address)
        record.note(violations(of: request, at: address), request: request, at: now)
        record.pace(isRead: request.method == "GET", memberChanges: named.count, at: now)
        let names = { [users] (user: String) in named.contains { $0 == user || users[$0]?.externalId == user } }
        guard let fault = faults.fault(method: request.method, target: request.target, now: now, names: names) else {
            let response = answer(request, at: address)
            record.count(request.method, address.name, String(response.status))
            return .answer(response)
        }
        let answered = fault.kind == .delay || fault.applied == true ? answer(request, at: address) : nil
        let reaction = reaction(to: fault, answered: answered)
        record.count(request.method, address.name, Self.outcome(of: reaction))
        return reaction
    }

    private mutating func reaction(to fault: Fault, answered: DirectoryResponse?) -> Reaction {
        switch fault.kind {
        case .status:
            let refusal = Refusal(
                status: fault.status ?? 500,
                detail: fault.detail ?? "Injected fault.",
                retryAfter: fault.retryAfterAsDate == true ? nil : fault.retryAfter
            )
            var response = refusal.response(requestID: random.uuid(), now: now)
            if fault.retryAfterAsDate == true, let seconds = fault.retryAfter {
                let date = CivilTime.httpDate((now + 999_999_999) / 1_000_000_000 + Int64(seconds))
                response.headers.append(("Retry-After", date))
            }
            return .answer(finished(response))
        case .html:
            let page = "<html><body><h1>500 Internal Server Error</h1></body></html>"
            return .answer(
                DirectoryResponse(status: 500, headers: [("Content-Type", "text/html")], body: Array(page.utf8))
            )
        case .delay:
            guard let answered else { return .hang }
            return .answerLate(answered, milliseconds: max(0, fault.milliseconds ?? 0))
        case .hang:
            return .hang
        case .reset:
            return .reset
        }
    }

    private static func outcome(of reaction: Reaction) -> String {
        switch reaction {
        case .answer(let response), .answerLate(let response, _): String(response.status)
        case .hang: "hang"
        case .reset: "reset"
        }
    }

    private mutating func answer(_ request: DirectoryRequest, at address: Address) -> DirectoryResponse {
        do {
            try admit(request, at: address)
            return finished(try handle(request, at: address))
        } catch {
            let requestID = random.uuid()
            var response = error.response(requestID: requestID, now: now)
            response.headers.append(("x-amzn-RequestId", requestID))
            return response
        }
    }

    /// Adds the request id that AWS sends with every answer.
    private mutating func finished(_ response: DirectoryResponse) -> DirectoryResponse {
        var response = response
        response.headers.append(("x-amzn-RequestId", random.uuid()))
        return response
    }

    /// Token, tenant, User-Agent and throttles. A bad tenant and a bad token look alike.
    private mutating func admit(_ request: DirectoryRequest, at address: Address) throws(Refusal) {
        guard request.header("authorization") == "Bearer \(settings.token)", address.tenant == settings.tenant
        else { throw .badToken }
        if request.method == "PATCH", request.header("user-agent")?.isEmpty ?? true { throw .noUserAgent }
        let wait =
            request.method == "GET"
            ? reads.take(1, perSecond: settings.throttles.readsPerSecond, now: now)
            : writes.take(1, perSecond: settings.throttles.writesPerSecond, now: now)
        try throttle(wait)
    }

    /// Counts membership changes against their own limit, before any of them takes effect.
    mutating func admit(memberChanges count: Int) throws(Refusal) {
        try throttle(members.take(count, perSecond: settings.throttles.membersPerSecond, now: now))
    }

    private func throttle(_ wait: Int?) throws(Refusal) {
        guard let wait else { return }
        throw Refusal(status: 429, detail: "ThrottlingException", retryAfter: wait)
    }

    private mutating func handle(
        _ request: DirectoryRequest,
        at address: Address
    ) throws(Refusal) -> DirectoryResponse {
        switch (request.method, address.route) {
        case ("GET", .users): try listUsers(address.query)
        case ("POST", .users): try createUser(JSONReader(request.body))
        case ("GET", .user(let id)): DirectoryResponse(status: 200, json: try user(id).json)
        case ("PUT", .user(let id)): try replaceUser(id, JSONReader(request.body))
        case ("PATCH", .user(let id)): try patchUser(id, JSONReader(request.body))
        case ("DELETE", .user(let id)): try deleteUser(id)
        case ("GET", .groups): try listGroups(address.query)
        case ("POST", .groups): try createGroup(JSONReader(request.body))
        case ("GET", .group(let id)): DirectoryResponse(status: 200, json: shown(try group(id)))
        case ("PATCH", .group(let id)): try patchGroup(id, JSONReader(request.body))
        case ("DELETE", .group(let id)): try deleteGroup(id)
        case ("GET", .serviceProviderConfig): DirectoryResponse(status: 200, json: Self.serviceProviderConfig)
        case (_, .unknown): throw .noRoute
        default: throw .noMethod
        }
    }

    func user(_ id: String) throws(Refusal) -> UserRecord {
        guard let user = users[id] else { throw .noUser }
        return user
    }

    func group(_ id: String) throws(Refusal) -> GroupRecord {
        guard let group = groups[id] else { throw .noGroup }
        return group
    }
}
