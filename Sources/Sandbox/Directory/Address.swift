import Foundation

/// Where a request goes: the tenant, the route below `/{tenant}/scim/v2/`, and the query.
struct Address {
    enum Route: Hashable {
        case users
        case user(String)
        case groups
        case group(String)
        case serviceProviderConfig
        case unknown
    }

    let tenant: String?
    let route: Route
    let query: [String: String]

    /// Splits a raw request target. An empty path segment, as in `/scim/v2//Users`, leads nowhere.
    init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let segments = parts[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        query = parts.count > 1 ? Self.query(parts[1]) : [:]
        tenant = segments.first
        guard segments.count >= 4, segments[1] == "scim", segments[2] == "v2" else {
            route = .unknown
            return
        }
        let below = segments[3...].map { $0.removingPercentEncoding ?? $0 }
        switch (below.count, below[0]) {
        case (1, "Users"): route = .users
        case (1, "Groups"): route = .groups
        case (1, "ServiceProviderConfig"): route = .serviceProviderConfig
        case (2, "Users") where !below[1].isEmpty: route = .user(below[1])
        case (2, "Groups") where !below[1].isEmpty: route = .group(below[1])
        default: route = .unknown
        }
    }

    /// The route's name in counters: `/Groups/{id}`.
    var name: String {
        switch route {
        case .users: "/Users"
        case .user: "/Users/{id}"
        case .groups: "/Groups"
        case .group: "/Groups/{id}"
        case .serviceProviderConfig: "/ServiceProviderConfig"
        case .unknown: "other"
        }
    }

    /// Query parameters, decoded as forms are: a bare `+` is a space, so a cursor that was not encoded breaks.
    private static func query(_ text: Substring) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[decode(parts[0])] = parts.count > 1 ? decode(parts[1]) : ""
        }
        return query
    }

    private static func decode(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }
}
