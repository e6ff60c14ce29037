import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that says what went wrong, as `application/problem+json` (RFC 9457).
///
/// The type is always `about:blank`: the status tells the kind, and `detail` is for people.
struct HTTPProblem: Error {
    let status: HTTPResponse.Status
    /// One sentence; never holds anything that the peer sent.
    let detail: String
    /// Headers beside the content type.
    var headers: HTTPFields = [:]
    /// An extension member that lists single reasons; left out if `nil`.
    var reasons: [String]?

    private struct Body: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String
        let reasons: [String]?
    }

    /// The response to send.
    func response() -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Body(
            type: "about:blank",
            title: status.reasonPhrase,
            status: status.code,
            detail: detail,
            reasons: reasons
        )
        let bytes = (try? encoder.encode(body)) ?? Data()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension HTTPProblem {
    /// The path is none of ours.
    static let notFound = HTTPProblem(status: .notFound, detail: "There is nothing here.")

    /// The path is ours, but not with this method.
    /// - Parameter methods: the methods that it has.
    /// - Returns: the problem, with `Allow`.
    static func methodNotAllowed(allow methods: String) -> HTTPProblem {
        HTTPProblem(
            status: .methodNotAllowed,
            detail: "This path answers only \(methods).",
            headers: [.allow: methods]
        )
    }

    /// Something that passes by itself.
    /// - Parameters:
    ///   - detail: what it is.
    ///   - seconds: when to try again.
    /// - Returns: the problem, with `Retry-After`.
    static func unavailable(_ detail: String, retryAfter seconds: Int) -> HTTPProblem {
        HTTPProblem(status: .serviceUnavailable, detail: detail, headers: [.retryAfter: "\(seconds)"])
    }
}
