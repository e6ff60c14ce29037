import HTTPTransport
public import Okta

/// One org's System Log.
public struct SystemLog: Sendable {
    /// What an app must have been granted.
    public static let scope = "okta.logs.read"

    /// A page as it was fetched.
    public struct Page: Sendable {
        /// Its events.
        public let items: [LogPage.Item]
        /// The values of its `Link` fields, line by line.
        public let links: [String]
    }

    /// The org that is asked.
    public var org: OktaOrg { api.org }
    /// Okta's clock less ours, in seconds, as the last answer told.
    public var clockOffset: Int64 { api.clockOffset }
    private let api: OktaAPI

    /// The log of the org that a client asks.
    public init(_ api: OktaAPI) { self.api = api }

    /// Fetches the page that a walk is at.
    ///
    /// - Throws: ``OktaError``.
    public func page(of walk: SystemLogWalk) async throws(OktaError) -> Page {
        let response = try await api.get(walk.url)
        do throws(UnreadablePage) {
            return Page(items: try LogPage(parsing: response.body).items, links: response.values("Link"))
        } catch {
            throw OktaError(.malformed)
        }
    }
}
