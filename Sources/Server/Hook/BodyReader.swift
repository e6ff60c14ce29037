import HTTPTypes
import Hummingbird
import NIOCore

/// Why a body was not read.
enum BodyFault: Error {
    /// Larger than allowed; `declared` is the length that the peer announced, if it did.
    case tooLarge(declared: Int?)
    /// The bytes of all bodies together would be more than allowed.
    case noRoom
    /// It did not arrive in time.
    case tooSlow
    /// The peer closed, or sent bytes that are not HTTP, before it was whole.
    case incomplete
}

/// Reads whole bodies within a limit for one and a budget for all.
struct BodyReader: Sendable {
    let maximumBytes: Int
    let budget: ByteBudget

    /// Reads a body and holds its bytes in the budget until `work` is done with them.
    /// - Parameters:
    ///   - request: whose body it is.
    ///   - work: gets the whole body.
    /// - Returns: what `work` returns.
    /// - Throws: ``BodyFault``, or what `work` throws.
    @concurrent func withBody<Value: Sendable>(
        of request: Request,
        _ work: @Sendable ([UInt8]) async throws -> Value
    ) async throws -> Value {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > maximumBytes { throw BodyFault.tooLarge(declared: declared) }
        // A declared length is taken at once, so that many peers cannot each begin what they could not all finish.
        var held = declared ?? 0
        guard budget.take(held) else { throw BodyFault.noRoom }
        defer { budget.giveBack(held) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(declared ?? 0)
        var buffers = request.body.makeAsyncIterator()
        while let buffer = try await Self.next(&buffers) {
            let total = bytes.count + buffer.readableBytes
            guard total <= maximumBytes else { throw BodyFault.tooLarge(declared: declared) }
            if total > held {
                guard budget.take(total - held) else { throw BodyFault.noRoom }
                held = total
            }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        // The server takes an end without an error for the end of the body; half a delivery must never look whole.
        guard declared == nil || declared == bytes.count else { throw BodyFault.incomplete }
        return try await work(bytes)
    }

    @concurrent private static func next(_ buffers: inout RequestBody.AsyncIterator) async throws(BodyFault)
        -> ByteBuffer?
    {
        do {
            return try await buffers.next()
        } catch is RequestTooSlow {
            throw .tooSlow
        } catch {
            throw .incomplete
        }
    }
}
