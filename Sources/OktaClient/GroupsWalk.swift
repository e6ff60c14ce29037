/// Goes from page to page of a list that ends: the last page has no `next` link. Decides only; `Groups` fetches.
struct GroupsWalk: Sendable {
    /// The page to fetch: absolute, on the org's host.
    private(set) var url: String
    private(set) var isAtTheEnd = false
    private let org: OktaOrg
    private var seen: Set<String> = []

    private static let mostPages = 20_000

    /// A walk through the list at a path, or an absolute URL, of the org.
    init(_ place: String, of org: OktaOrg) {
        let base = place.hasPrefix("/") ? org.baseURL + place : place
        url = base + "?limit=\(Groups.pageSize)"
        self.org = org
    }

    /// Takes a page.
    /// - Throws: `OktaError` where the links lead elsewhere or in circles, or where a full page has none at all: Okta always
    ///   writes where a page lies, so something on the way took them, and what follows would be taken for gone.
    mutating func took(items: Int, links: [String]) throws(OktaError) {
        seen.insert(url)
        guard let link = LinkHeader.next(in: links) else {
            if items >= Groups.pageSize, links.isEmpty { throw OktaError(.noNextLink) }
            isAtTheEnd = true
            return
        }
        guard let next = org.resolve(link), next.hasPrefix(org.baseURL + "/api/v1/groups") else {
            throw OktaError(.foreignLink(host: OktaError.host(of: link)))
        }
        guard !seen.contains(next), seen.count < Self.mostPages else { throw OktaError(.endless) }
        url = next
    }
}
