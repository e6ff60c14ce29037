/// What must not depend on the order of arrival or on repeats, in plain values that no module defines.
struct FoldedView: Equatable {
    /// What decides a pair.
    struct Membership: Equatable {
        var present: Bool
        var decidedBy: String
        var tie: String?
    }

    /// What an event comes to, whatever copies of it there are.
    struct Standing: Equatable {
        /// `decides`, `superseded`, `ignored: why` or `held: why`.
        var text: String
        /// Whether copies of it differ.
        var conflict: Bool
    }

    struct Group: Equatable {
        var name: String
        var inScope: Bool
    }

    struct Pair: Hashable {
        var group: String
        var user: String
    }

    var membership: [Pair: Membership] = [:]
    var standings: [String: Standing] = [:]
    var groups: [String: Group] = [:]
    var logins: [String: String] = [:]
}
