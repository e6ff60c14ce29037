/// Goes from page to page of a polling request, and knows when to stop: Okta always gives a `next` link, so who follows it
/// while there is one never ends. Decides only; `SystemLog` fetches.
public struct SystemLogWalk: Sendable {
    /// What to do after a page.
    public enum Step: Hashable, Sendable {
        /// Fetch ``SystemLogWalk/url``, the next page.
        case goOn
        /// Nothing is left: the page was empty, or its `next` is the request itself.
        case atTheEnd
    }

    /// Pages after which a walk ends with ``OktaError/Kind/endless``: 20 million events.
    public static let mostPages = 20_000

    /// The page to fetch: absolute, on the org's host.
    public private(set) var url: String
    /// Pages taken so far.
    public private(set) var pages = 0
    private let org: OktaOrg
    private var seen: Set<String> = []

    /// A walk that begins with a query.
    public init(_ query: SystemLogQuery, of org: OktaOrg) {
        url = org.baseURL + query.path
        self.org = org
    }

    /// A walk that goes on with a link that was kept; nil where it does not lead to this org's System Log.
    public init?(resuming link: String, of org: OktaOrg) {
        guard let url = org.resolve(link), url.hasPrefix(org.baseURL + "/api/v1/logs?") else { return nil }
        self.url = url
        self.org = org
    }

    /// Takes a page.
    ///
    /// - Parameters:
    ///   - events: How many events it has.
    ///   - links: The values of its `Link` fields, line by line.
    /// - Returns: Whether to fetch another one.
    /// - Throws: `OktaError` where the links lead elsewhere, in circles, or are missing though events came.
    public mutating func took(events: Int, links: [String]) throws(OktaError) -> Step {
        pages += 1
        seen.insert(url)
        let link = LinkHeader.next(in: links)
        let next = link.flatMap(org.resolve)
        if let link, next == nil { throw OktaError(.foreignLink(host: OktaError.host(of: link))) }
        guard events > 0 else {
            // The link of an empty page is where later events will be.
            if let next { url = next }
            return .atTheEnd
        }
        guard let next else { throw OktaError(.noNextLink) }
        if next == url { return .atTheEnd }
        guard !seen.contains(next), pages < Self.mostPages else { throw OktaError(.endless) }
        url = next
        return .goOn
    }
}
