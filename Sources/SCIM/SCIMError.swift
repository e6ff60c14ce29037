public import HTTPTransport

/// Why something could not be read from a directory. It never holds the token.
public struct SCIMError: Error, Hashable, Sendable {
    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// There was no whole answer.
        case transport(TransportError)
        /// 401 or 403: the token is not accepted. 3xx: the directory is not, or no longer, at this URL.
        case unauthorized(status: Int)
        /// 429: too many requests; how long to wait, if the directory said so.
        case throttled(retryAfter: Duration?)
        /// 404: there is no such resource, or no directory at this URL.
        case notFound
        /// Another 3xx or 4xx.
        case refused(status: Int)
        /// 5xx; how long to wait, if the directory said so.
        case serverFailed(status: Int, retryAfter: Duration?)
        /// Success in a media type that is neither SCIM nor JSON; the type, if one was named.
        case foreignContent(String?)
        /// Success with JSON that is not what SCIM has there.
        case malformed
        /// The list ended after so many resources, though the directory said that it has `announced`.
        case incompleteList(received: Int, announced: Int)
        /// The list goes on after this many pages or resources, the most that are read of it.
        case endlessList(limit: Int)
        /// The directory had asked for time before the request's turn came, so it did not leave.
        case notAsked
        /// The id has no place in a URL: empty, `.`, `..` or longer than 512 bytes.
        case invalidID
    }

    /// What went wrong.
    public let kind: Kind
    /// The directory's words, where it had any.
    public let explanation: Explanation?
    /// AWS's id of the request, for its support.
    public let requestID: String?

    init(_ kind: Kind, explanation: Explanation? = nil, requestID: String? = nil) {
        self.kind = kind
        self.explanation = explanation
        self.requestID = requestID
    }

    /// How long the directory asked us to wait, if it did.
    public var retryAfter: Duration? {
        switch kind {
        case .throttled(let wait), .serverFailed(_, let wait): wait
        default: nil
        }
    }

    /// What an operator can do about it, in one sentence.
    public var hint: String {
        switch kind {
        case .transport: "check that the directory can be reached from here; it is tried again"
        case .unauthorized:
            "check scim.token: an AWS token ends after one year; AWS also answers so to a wrong scim.url"
        case .throttled, .notAsked: "nothing: it is tried again later"
        case .notFound: "check that it still exists in the directory, and that scim.url has its whole path"
        case .refused: "read the directory's answer; it may not support this filter, or scim.dialect is wrong for it"
        case .serverFailed: "nothing: it is tried again; if it goes on, give the request id to the directory's support"
        case .foreignContent:
            "check scim.url: something other than a SCIM directory answered, such as a proxy or portal"
        case .malformed: "check scim.url: the answer is JSON but not SCIM"
        case .incompleteList: "it is tried again; if it goes on, the directory pages wrongly: check scim.dialect"
        case .endlessList: "the directory ignores the filter or repeats its pages: check scim.dialect"
        case .invalidID: "the directory gave an id that cannot stand in a URL; rename or recreate the resource there"
        }
    }
}

extension SCIMError: CustomStringConvertible {
    /// What went wrong, what the directory said, and what to do; safe to log.
    public var description: String {
        var parts = [summary]
        if let detail = explanation?.detail, !detail.isEmpty { parts.append("the directory says: \(detail)") }
        if let requestID { parts.append("request id \(requestID)") }
        return parts.joined(separator: "; ") + " (\(hint))"
    }

    /// What went wrong, in words that are the same each time.
    public var summary: String {
        switch kind {
        case .transport(let error): "no answer from the directory: \(error)"
        case .unauthorized(let status): "the directory does not accept the token (\(status))"
        case .throttled: "the directory asks for fewer requests (429)"
        case .notAsked: "the directory is left alone for a while"
        case .notFound: "the directory does not know it (404)"
        case .refused(let status): "the directory refused the request (\(status))"
        case .serverFailed(let status, _): "the directory failed (\(status))"
        case .foreignContent(let type): "the answer is not SCIM but \(type ?? "of no stated type")"
        case .malformed: "the answer cannot be read as SCIM"
        case .incompleteList(let received, let announced): "the list ended after \(received) of \(announced)"
        case .endlessList(let limit): "the list does not end within its limit of \(limit)"
        case .invalidID: "the id cannot stand in a URL"
        }
    }
}
