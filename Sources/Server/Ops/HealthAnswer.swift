import HTTPTypes
import Hummingbird
import NIOCore

/// The answer to a liveness probe, the same on every listener: whether a restart would help.
enum HealthAnswer {
    /// The path of the probe.
    static let path = "/healthz"

    /// The answer to it.
    /// - Parameter isHealthy: whether the process still does its work.
    /// - Returns: 200.
    /// - Throws: 503 as a problem if not healthy.
    static func response(isHealthy: Bool) throws(HTTPProblem) -> Response {
        guard isHealthy else {
            throw HTTPProblem(
                status: .serviceUnavailable,
                detail: "The ledger has failed; the process must be restarted."
            )
        }
        return ok
    }

    /// 200 with the least body that a probe can show.
    static var ok: Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: #"{"status":"ok"}"#))
        )
    }
}
