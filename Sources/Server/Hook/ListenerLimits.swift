import NIOCore

/// What a peer of a listener may use. Okta gives up after 3 s, so every time here is far beyond an honest delivery.
struct ListenerLimits: Sendable {
    /// Largest body, in bytes.
    var maximumBodyBytes = 16 * 1024 * 1024
    /// Bytes of all bodies held at one moment, whether being read or waiting for the disk.
    var maximumBytesInFlight = 64 * 1024 * 1024
    /// Connections at one moment; more wait in the kernel's backlog.
    var maximumConnections = 1_024
    /// From connecting to the last byte of the first request's head.
    var headDeadline = TimeAmount.seconds(10)
    /// From the last byte of a head to the last byte of its body, however the bytes drip.
    var bodyDeadline = TimeAmount.seconds(10)
    /// From an answer to the last byte of the next head on the same connection.
    var idleDeadline = TimeAmount.seconds(60)
    /// Largest single header, and all headers of one request together, in bytes.
    var maximumHeaderBytes = 16 * 1024
    /// Most headers of one request.
    var maximumHeaderCount = 100
}
