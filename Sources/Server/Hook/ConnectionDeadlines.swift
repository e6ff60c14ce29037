import NIOCore
import NIOHTTPTypes

/// Why a connection was given up from our side or the peer's while a request was being read.
enum ConnectionFault: Error {
    /// The peer took too long to send what it had begun.
    case tooSlow
    /// The peer closed before its request was complete.
    case incomplete
}

/// Ends connections whose peer is slow or gone, one to a connection.
///
/// The server's own idle time starts anew with every byte, so a peer that drips bytes would hold a connection for ever;
/// and it takes the end of the connection for the end of a body, so half a delivery would look whole.
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
            schedule(in: limits.bodyDeadline, context)
        case .body:
            break
        case .end:
            isReadingRequest = false
            deadline?.cancel()
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

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { failUnfinishedRequest(.incomplete, context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        failUnfinishedRequest(.incomplete, context)
        context.fireChannelInactive()
    }

    /// Nothing is timed while we owe an answer to a whole request: that time is ours, not the peer's.
    private func startIdlingIfDone(_ context: ChannelHandlerContext) {
        guard !isReadingRequest, answersOwed <= 0 else { return }
        schedule(in: limits.idleDeadline, context)
    }

    private func failUnfinishedRequest(_ fault: ConnectionFault, _ context: ChannelHandlerContext) {
        guard isReadingRequest else { return }
        isReadingRequest = false
        context.fireErrorCaught(fault)
    }

    private func schedule(in time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.expire(context) }
    }

    private func expire(_ context: ChannelHandlerContext) {
        guard isReadingRequest else {
            context.close(promise: nil)
            return
        }
        failUnfinishedRequest(.tooSlow, context)
        schedule(in: Self.farewell, context)
    }
}
