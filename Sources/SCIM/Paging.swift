/// One page of a list (RFC 7644 section 3.4.2, RFC 9865).
struct ListPage<Resource: ListedResource>: Decodable {
    let resources: [Resource]
    let totalResults: Int?
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case resources = "Resources"
        case schemas
        case totalResults
        case nextCursor
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        // Without this any JSON object would pass for an empty list, and an empty list says that something is absent.
        let schemas = try members.decode([String].self, forKey: .schemas)
        let listResponse = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
        guard schemas.contains(where: { sameBytesIgnoringASCIICase($0, listResponse) }) else {
            throw DecodingError.dataCorruptedError(forKey: .schemas, in: members, debugDescription: "no ListResponse")
        }
        resources = try members.decodeIfPresent([Resource].self, forKey: .resources) ?? []
        totalResults = try members.decodeIfPresent(Int.self, forKey: .totalResults)
        nextCursor = try members.decodeIfPresent(String.self, forKey: .nextCursor)
    }
}

/// How much of one list is read before we call it endless.
public struct ListLimits: Hashable, Sendable {
    /// The most pages, empty ones included.
    public var pages: Int
    /// The most resources.
    public var resources: Int

    /// Limits of a list.
    public init(pages: Int, resources: Int) {
        self.pages = pages
        self.resources = resources
    }

    /// For a filter that one resource should match, a few at most.
    public static let lookup = ListLimits(pages: 100, resources: 1_000)
    /// For the members of a group: the most users AWS allows in a directory.
    public static let members = ListLimits(pages: 10_000, resources: 200_000)
}

/// The way through the pages of one list, apart from whoever fetches them.
///
/// Directories that do not know cursors ignore the word and answer with the first index page, so both ways end the same:
/// the list is whole when the directory says so, and otherwise an error. A list cut short must never pass for a whole one.
struct PageWalk<Resource: ListedResource> {
    /// Where a page begins.
    private enum Place {
        /// A cursor the directory gave; empty asks for the first page (RFC 9865 section 2).
        case cursor(String)
        /// The number of the page's first resource, from 1.
        case index(Int)
    }

    /// Resources asked for in one page: AWS's maximum.
    static var pageSize: Int { 100 }

    /// The distinct resources so far, in the order they came.
    private(set) var resources: [Resource] = []

    private let path: String
    private let limits: ListLimits
    private var place: Place?
    private var pages = 0
    /// Resources that came, repeated ones included: what index paging counts in.
    private var arrived = 0
    /// As bytes: equal characters in two spellings are two ids.
    private var knownIDs: Set<[UInt8]> = []

    /// - Parameters:
    ///   - path: `/Users` or `/Groups`.
    ///   - filter: The filter, the same for every page, not yet percent-encoded.
    ///   - dialect: Whether to begin with a cursor or with an index.
    ///   - limits: When to give up.
    init(path: String, filter: String, dialect: Dialect, limits: ListLimits) {
        self.path = "\(path)?filter=\(percentEncoded(filter))&count=\(Self.pageSize)"
        self.limits = limits
        place = dialect == .aws ? .cursor("") : .index(1)
    }

    /// The request for the next page; nil when the list is whole.
    var next: SCIMRequest? {
        let position: String
        switch place {
        case .cursor("")?: position = "cursor"
        case .cursor(let cursor)?: position = "cursor=\(percentEncoded(cursor))"
        case .index(let first)?: position = "startIndex=\(first)"
        case nil: return nil
        }
        return SCIMRequest(method: "GET", path: "\(path)&\(position)", isIdempotent: true)
    }

    /// Takes the page that `next` asked for.
    ///
    /// - Throws: `SCIMError`, when the list can no longer become whole or does not end.
    mutating func take(_ page: ListPage<Resource>) throws(SCIMError) {
        pages += 1
        arrived += page.resources.count
        let before = resources.count
        // A list that changes while it is read, and a directory that ignores startIndex, repeat resources.
        for resource in page.resources where knownIDs.insert(Array(resource.id.utf8)).inserted {
            resources.append(resource)
        }
        place = try placeAfter(page, madeProgress: resources.count > before)
        guard place != nil else { return }
        if pages >= limits.pages { throw SCIMError(.endlessList(limit: limits.pages)) }
        if arrived >= limits.resources { throw SCIMError(.endlessList(limit: limits.resources)) }
    }

    private func placeAfter(_ page: ListPage<Resource>, madeProgress: Bool) throws(SCIMError) -> Place? {
        if let cursor = page.nextCursor, !cursor.isEmpty { return .cursor(cursor) }
        guard let total = page.totalResults else {
            // AWS ends a cursor list so. An index list must say how long it is (RFC 7644 section 3.4.2).
            if case .cursor = place { return nil }
            throw SCIMError(.malformed)
        }
        if resources.count >= total { return nil }
        guard madeProgress else {
            throw SCIMError(.incompleteList(received: resources.count, announced: total))
        }
        return .index(arrived + 1)
    }
}
