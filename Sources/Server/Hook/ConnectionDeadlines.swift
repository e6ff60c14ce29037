import NIOCore
import NIOHTTPTypes

/// The peer took too long to send what it had begun.
struct RequestTooSlow: Error {}

/// Ends a connection whose peer is slow; each connection has its own.
///
/// The server's own idle time starts anew with every byte, so a peer that drips bytes would hold a connection for ever.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long an answer to a slow peer may take to leave before the connection is cut.
    private static let farewell = TimeAmount.seconds(1)

    private let limits: ListenerLimits
    private var isReadingRequest = false
    private var answersOwed = 0
    /// Set once the peer was too slow: what it still sends, and our answer, win it no more time.
    private var isCut = false
    private var deadline: Scheduled<Void>?

    init(limits: ListenerLimits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        schedule(in: limits.headDeadline, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReadingRequest = true
            answersOwed += 1
            if !isCut { schedule(in: limits.bodyDeadline, context) }
        case .body:
            break
        case .end:
            isReadingRequest = false
            if !isCut { deadline?.cancel() }
            startIdlingIfDone(context)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            answersOwed -= 1
            startIdlingIfDone(context)
        }
        context.write(data, promise: promise)
    }

    /// Nothing is timed while we owe an answer to a whole request: that time is ours, not the peer's.
    private func startIdlingIfDone(_ context: ChannelHandlerContext) {
        guard !isReadingRequest, answersOwed <= 0, !isCut else { return }
        schedule(in: limits.idleDeadline, context)
    }

    private func schedule(in time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.expire(context) }
    }

    private func expire(_ context: ChannelHandlerContext) {
        guard isReadingRequest, !isCut else {
            context.close(promise: nil)
            return
        }
        isCut = true
        schedule(in: Self.farewell, context)
        context.fireErrorCaught(RequestTooSlow())
    }
}
