import Foundation
import HTTPTransport

/// What is common to every answer of a directory: how far it can be trusted before it is decoded.
extension HTTPResponse {
    /// The id under which AWS knows this request; for its support and CloudTrail.
    var requestID: String? {
        first("x-amzn-RequestId").map { boundedText(Array($0.utf8), limit: 128, hiding: nil) }
    }

    /// Whether the body says of itself that it is SCIM or JSON (RFC 7644 section 3.1), with any parameters.
    ///
    /// A gateway in front of a directory answers in HTML, with any status.
    var isJSON: Bool {
        guard let value = first("Content-Type") else { return false }
        let mediaType = trimmingASCIISpace(String(value.prefix { $0 != ";" })).lowercased()
        return mediaType == "application/scim+json" || mediaType == "application/json"
    }
}

/// The error body of RFC 7644 section 3.12, read as liberally as real directories need.
///
/// `status` may be a text or a number, `schemas` may be called `schema`, `detail` may be missing: the HTTP status alone
/// decides, so only what explains it is read.
struct ErrorBody: Decodable {
    let scimType: String?
    let detail: String?
    let exceptionRequestID: String?

    enum CodingKeys: String, CodingKey {
        case scimType
        case detail
        case exceptionRequestID = "exceptionRequestId"
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        // A member of another type than expected is no reason to lose the others.
        scimType = try? members.decode(String.self, forKey: .scimType)
        detail = try? members.decode(String.self, forKey: .detail)
        exceptionRequestID = try? members.decode(String.self, forKey: .exceptionRequestID)
    }

    /// The error body of an answer; nil where it has none that can be read. A success may carry a whole group instead.
    init?(of response: HTTPResponse) {
        guard response.status >= 300, response.isJSON,
            let decoded = try? JSONDecoder().decode(ErrorBody.self, from: Data(response.body))
        else { return nil }
        self = decoded
    }
}

/// What a directory said about a request that it did not carry out. Texts are at most 1 KiB and never hold the token.
public struct Explanation: Hashable, Sendable {
    /// The error keyword of RFC 7644 section 3.12, for example `invalidFilter`. AWS sends none.
    public let scimType: String?
    /// A sentence for people.
    public let detail: String?

    init(of response: HTTPResponse, hiding token: BearerToken?) {
        let body = ErrorBody(of: response)
        let bounded: (String) -> String = { boundedText(Array($0.utf8), limit: 1024, hiding: token) }
        scimType = body?.scimType.map(bounded)
        detail = body?.detail.map(bounded)
    }
}

/// At most `limit` bytes of outside text: valid UTF-8, cut between characters, and nothing of a text with the token in it.
func boundedText(_ bytes: [UInt8], limit: Int, hiding token: BearerToken?) -> String {
    // Read so far past the limit that neither a character nor a token that begins before it is seen cut in two.
    let secretLength = token?.secret.utf8.count ?? 0
    let text = String(decoding: bytes.prefix(limit + secretLength + 4), as: UTF8.self)
    if let token, text.contains(token.secret) { return "[withheld: the answer repeats the token]" }
    var result = String.UnicodeScalarView()
    var room = limit
    for scalar in text.unicodeScalars {
        room -= UTF8.width(scalar)
        if room < 0 { break }
        result.append(scalar)
    }
    return String(result)
}
