/// One way in which the directory misbehaves. Its JSON form is the flat object of its fields; absent fields are nil.
public struct Fault: Hashable, Codable, Sendable {
    /// What happens instead of a plain answer.
    public enum Kind: String, Codable, Sendable {
        /// An error status with AWS's error body.
        case status
        /// A 500 whose body is an HTML page.
        case html
        /// The right answer, but late.
        case delay
        /// No answer at all; the connection stays open.
        case hang
        /// The connection is reset without an answer.
        case reset
    }

    /// What happens.
    public var kind: Kind
    /// For `status`: the HTTP status code.
    public var status: Int?
    /// For `status`: the seconds in the Retry-After header, which is absent if nil.
    public var retryAfter: Int?
    /// For `status`: whether Retry-After is written as a date (RFC 9110 section 5.6.7), rounded up to a whole second.
    public var retryAfterAsDate: Bool?
    /// For `status`: the `detail` of the error body; nil is a text of the sandbox's own.
    public var detail: String?
    /// For `delay`: milliseconds until the answer.
    public var milliseconds: Int?
    /// Whether the request takes effect before the fault; nil is no. A delayed request always takes effect.
    public var applied: Bool?

    /// An error status, for example 429, 500, 503 or 401.
    public static func status(
        _ status: Int,
        retryAfter: Int? = nil,
        retryAfterAsDate: Bool = false,
        detail: String? = nil,
        applied: Bool = false
    ) -> Fault {
        Fault(
            kind: .status,
            status: status,
            retryAfter: retryAfter,
            retryAfterAsDate: retryAfterAsDate,
            detail: detail,
            applied: applied
        )
    }

    /// A 500 with an HTML page.
    public static func html(applied: Bool = false) -> Fault { Fault(kind: .html, applied: applied) }

    /// The right answer after so many milliseconds.
    public static func delay(milliseconds: Int) -> Fault { Fault(kind: .delay, milliseconds: milliseconds) }

    /// No answer, ever.
    public static func hang(applied: Bool = false) -> Fault { Fault(kind: .hang, applied: applied) }

    /// A reset connection.
    public static func reset(applied: Bool = false) -> Fault { Fault(kind: .reset, applied: applied) }
}

/// A fault and the requests that it meets. Absent conditions are nil and always hold.
public struct FaultRule: Hashable, Codable, Sendable {
    /// What happens to a request that the rule meets.
    public var fault: Fault
    /// Only requests of this method, in upper case.
    public var method: String?
    /// Only requests whose target contains this text.
    public var path: String?
    /// Only a PATCH of a group that changes this user's membership; the user's externalId, or the directory's id.
    public var member: String?
    /// The share of matching requests that are met, 0...1; nil is all.
    public var share: Double?
    /// So many matching requests pass unharmed first.
    public var skip: Int?
    /// At most so many requests are met.
    public var limit: Int?
    /// The rule begins so many milliseconds after the plan's first request.
    public var fromMilliseconds: Int?
    /// The rule ends so many milliseconds after the plan's first request.
    public var untilMilliseconds: Int?

    /// A rule with these conditions.
    public init(
        _ fault: Fault,
        method: String? = nil,
        path: String? = nil,
        member: String? = nil,
        share: Double? = nil,
        skip: Int? = nil,
        limit: Int? = nil,
        fromMilliseconds: Int? = nil,
        untilMilliseconds: Int? = nil
    ) {
        self.fault = fault
        self.method = method
        self.path = path
        self.member = member
        self.share = share
        self.skip = skip
        self.limit = limit
        self.fromMilliseconds = fromMilliseconds
        self.untilMilliseconds = untilMilliseconds
    }
}

/// The faults of a run, decided by a seed: the same plan and the same requests give the same faults.
public struct FaultPlan: Hashable, Codable, Sendable {
    /// Decides the rules that have a share.
    public var seed: UInt64
    /// The first rule that meets a request decides.
    public var rules: [FaultRule]

    /// A plan of these rules; no rules, no faults.
    public init(seed: UInt64 = 0, rules: [FaultRule] = []) {
        self.seed = seed
        self.rules = rules
    }
}

/// A plan at work: the plan and what has been counted so far.
struct FaultSchedule: Sendable {
    private let plan: FaultPlan
    private var random: SeededRandom
    private var matched: [Int]
    private var met: [Int]
    private var startedAt: Int64?

    init(_ plan: FaultPlan) {
        self.plan = plan
        random = SeededRandom(seed: plan.seed)
        matched = plan.rules.map { _ in 0 }
        met = matched
    }

    /// The fault for the next request, if any. `names` tells whether it changes the membership of a user.
    mutating func fault(method: String, target: String, now: Int64, names: (_ user: String) -> Bool) -> Fault? {
        let elapsed = (now - (startedAt ?? now)) / 1_000_000
        startedAt = startedAt ?? now
        for (index, rule) in plan.rules.enumerated() {
            guard rule.method == nil || rule.method == method else { continue }
            if let path = rule.path, !target.contains(path) { continue }
            if let member = rule.member, !names(member) { continue }
            if let from = rule.fromMilliseconds, elapsed < from { continue }
            if let until = rule.untilMilliseconds, elapsed >= until { continue }
            matched[index] += 1
            if matched[index] <= rule.skip ?? 0 { continue }
            if let limit = rule.limit, met[index] >= limit { continue }
            if let share = rule.share, !random.chance(share) { continue }
            met[index] += 1
            return rule.fault
        }
        return nil
    }
}
