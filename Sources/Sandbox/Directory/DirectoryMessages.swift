/// One HTTP request as the directory sees it: raw, nothing decoded.
public struct DirectoryRequest: Sendable {
    /// The method in upper case.
    public var method: String
    /// The request target as sent: path and query, percent-encoding kept.
    public var target: String
    /// Header fields in order; names in any case.
    public var headers: [(name: String, value: String)]
    /// The body's bytes; empty if there is none.
    public var body: [UInt8]

    /// A request with these parts.
    public init(method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The value of the first header field of this name, compared without case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

/// One HTTP response of the directory.
public struct DirectoryResponse: Sendable {
    /// The HTTP status code.
    public var status: Int
    /// Header fields in order.
    public var headers: [(name: String, value: String)]
    /// The body's bytes; empty if there is none.
    public var body: [UInt8]

    init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with a JSON body. AWS says application/json, not application/scim+json.
    init(status: Int, json: JSONText) {
        self.init(status: status, headers: [("Content-Type", "application/json")], body: json.bytes)
    }
}

/// What the directory does with a request; faults make it other than a plain answer.
public enum Reaction: Sendable {
    /// Answers at once.
    case answer(DirectoryResponse)
    /// Answers after so many milliseconds. The request took effect on arrival.
    case answerLate(DirectoryResponse, milliseconds: Int)
    /// Never answers and keeps the connection open.
    case hang
    /// Resets the connection without an answer.
    case reset
}

/// A refusal in the words of AWS.
struct Refusal: Error {
    let status: Int
    let detail: String
    var retryAfter: Int?
    /// RFC 7644 section 3.12; AWS sends none.
    var scimType: String?

    /// The general 400; also for more than 100 members (fixtures aws-errors/400_over_100_members).
    static let unparsable = Refusal(
        status: 400,
        detail: "Request is unparsable, syntactically incorrect, or violates schema."
    )
    /// fixtures aws-errors/400_patch_without_path
    static let pathMissing = Refusal(
        status: 400,
        detail: "Current PATCH support allows omitting \"path\" attribute only for Add and Replace operations "
            + "modifying a single attribute."
    )
    /// fixtures aws-errors/400_replace_members
    static let replacedMembers = Refusal(status: 400, detail: "Replacing group memberships is not supported.")
    /// fixtures aws-errors/409_duplicate
    static let duplicate = Refusal(status: 409, detail: "Refused to create a new, duplicate resource.")
    /// fixtures aws-errors/404_user
    static let noUser = Refusal(status: 404, detail: "USER does not exist.")
    static let noGroup = Refusal(status: 404, detail: "GROUP does not exist.")
    // No body of these is public; the texts are the sandbox's own.
    static let noRoute = Refusal(status: 404, detail: "Resource not found.")
    static let noMethod = Refusal(status: 405, detail: "Method not allowed.")
    static let badToken = Refusal(status: 401, detail: "UnauthorizedException")
    static let noUserAgent = Refusal(status: 403, detail: "AccessDeniedException")

    /// AWS's error body: `schema` beside `schemas`, the status as a string, a time stamp without T and Z.
    func response(requestID: String, now: Int64) -> DirectoryResponse {
        let schema = JSONText.array([.string("urn:ietf:params:scim:api:messages:2.0:Error")])
        var response = DirectoryResponse(
            status: status,
            json: .object(
                [
                    ("schema", schema), ("schemas", schema),
                    ("detail", .string(detail)), ("status", .string(String(status))),
                    ("exceptionRequestId", .string(requestID)), ("timeStamp", .string(Self.timeStamp(now))),
                ] + (scimType.map { [("scimType", .string($0))] } ?? [])
            )
        )
        if let retryAfter { response.headers.append(("Retry-After", String(retryAfter))) }
        return response
    }

    /// `2026-05-27 00:37:52.16`: milliseconds whose trailing zeros are gone, but for one digit.
    private static func timeStamp(_ now: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.append(civil: CivilTime(nanoseconds: now), between: UInt8(ascii: " "), fractionDigits: 3)
        for _ in 0..<2 where bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
