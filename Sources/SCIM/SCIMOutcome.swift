public import HTTPTransport

/// What became of a request that changes the directory: everything the log keeps of it.
public struct SCIMOutcome: Sendable {
    /// The HTTP status; nil where there was no answer.
    public let status: Int?
    /// AWS's id of the request (`x-amzn-RequestId`, or the one in its error body), at most 128 bytes.
    public let requestID: String?
    /// The body of the answer: at most 4 KiB of valid UTF-8, without the token; empty where there was none.
    public let body: String
    /// Why there was no answer.
    public let transportError: TransportError?
    /// From just before the request was handed to the transport until its end was known.
    public let duration: Duration
    /// How long the directory asked us to wait, counted from the answer: 0 to 24 hours.
    public let retryAfter: Duration?
    /// What it means for the changes in the request.
    public let classification: Classification

    /// The outcome of an answer or of its absence; a pure function.
    ///
    /// - Parameters:
    ///   - answer: What the transport gave.
    ///   - duration: How long the exchange took.
    ///   - now: When its end was known, in microseconds since 1970 UTC.
    ///   - token: A secret that must not appear in the outcome, even if the directory's answer repeats it.
    public init(
        of answer: Result<HTTPResponse, TransportError>,
        duration: Duration,
        now: Int64,
        hiding token: BearerToken? = nil
    ) {
        self.duration = duration
        switch answer {
        case .success(let response):
            status = response.status
            requestID = response.requestID ?? ErrorBody(of: response)?.requestID
            body = boundedText(response.body, limit: 4096, hiding: token)
            transportError = nil
            retryAfter = response.first("Retry-After").flatMap { SCIM.retryAfter($0, now: now) }
            let last = Classification(of: response, retryAfter: retryAfter, hiding: token)
            classification = response.timesSent > 1 ? last.ofTheLastOfSeveral : last
        case .failure(let error):
            status = nil
            requestID = nil
            body = ""
            transportError = error
            retryAfter = nil
            classification = error.requestMayHaveArrived ? .unknown(.noAnswer) : .notSent
        }
    }
}

/// What an outcome means for the changes that were asked for.
public enum Classification: Hashable, Sendable {
    /// The directory made the changes (2xx).
    case applied
    /// The directory understood the request and made none of the changes.
    case refused(Refusal)
    /// No byte of the request left this machine.
    case notSent
    /// The changes may or may not have been made.
    case unknown(Doubt)
    /// Too many requests (429): none of the changes was made, and the whole target must wait, this long if it said so.
    case throttled(retryAfter: Duration?)
    /// The token is not accepted (401, 403), or the directory is not at this URL (3xx): none of the changes was made, and
    /// none will be until an operator acts.
    case unauthorized(status: Int)

    /// Why the changes may or may not have been made.
    public enum Doubt: String, Hashable, Sendable {
        /// The request may have arrived, but no whole answer came back.
        case noAnswer
        /// The directory failed (5xx, 408) and did not say how far it had come.
        case serverFailed
        /// The status says success, but the body is not a directory's: a gateway or a portal may have answered.
        case foreignAnswer
        /// It was sent more than once, and only the last was answered, with a no.
        case sentTwice
    }

    /// What the answer to the last of several same requests means for all of them. Changes of members are idempotent, so
    /// a yes is one; a no says nothing of those before, which may have taken effect.
    fileprivate var ofTheLastOfSeveral: Classification {
        switch self {
        case .applied, .unknown: self
        case .refused, .notSent, .throttled, .unauthorized: .unknown(.sentTwice)
        }
    }

    init(of response: HTTPResponse, retryAfter: Duration?, hiding token: BearerToken?) {
        switch response.status {
        case 200..<300:
            self = response.body.isEmpty || response.isJSON ? .applied : .unknown(.foreignAnswer)
        case 300..<400, 401, 403:
            self = .unauthorized(status: response.status)
        case 408:
            self = .unknown(.serverFailed)
        case 429:
            self = .throttled(retryAfter: retryAfter)
        case 400..<500, 501:
            let explanation = Explanation(of: response, hiding: token)
            self = .refused(Refusal(reason: .init(status: response.status), explanation: explanation))
        default:
            self = .unknown(.serverFailed)
        }
    }
}

/// A definite no of the directory to one request.
public struct Refusal: Hashable, Sendable {
    /// What kind of no, from the HTTP status.
    public let reason: Reason
    /// What the directory said about it.
    public let explanation: Explanation

    /// The kinds of refusal, told apart by what is to be done about them.
    public enum Reason: String, Hashable, Sendable {
        /// 400: something in the request is not accepted; one of its members, or its form.
        case invalid
        /// 404, 410: the group does not exist; on some directories, one of the members does not.
        case notFound
        /// 409, 412: it contradicts what the directory holds.
        case conflict
        /// 413, 414: it is too large for this directory.
        case tooLarge
        /// 501: the directory does not know this form of request (RFC 7644 section 3.12).
        case notImplemented
        /// Any other 4xx.
        case other

        init(status: Int) {
            self =
                switch status {
                case 400: .invalid
                case 404, 410: .notFound
                case 409, 412: .conflict
                case 413, 414: .tooLarge
                case 501: .notImplemented
                default: .other
                }
        }
    }
}

extension ErrorBody {
    /// The bounded form of AWS's `exceptionRequestId`.
    var requestID: String? { exceptionRequestID.map { boundedText(Array($0.utf8), limit: 128, hiding: nil) } }
}
