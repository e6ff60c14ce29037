import Synchronization

#if canImport(Glibc)
    import Glibc
    private let streamType = CInt(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let streamType = SOCK_STREAM
#endif

/// A server that knows nothing of HTTP but where a request ends: each test says byte by byte what happens.
///
/// Every connection runs the script on a thread of its own, so a script may block.
final class RawServer: Sendable {
    typealias Script = @Sendable (_ connection: RawConnection) -> Void

    let port: UInt16
    private let descriptor: CInt
    private let script: Script
    private let accepted = Atomic<Int>(0)
    private let open = Mutex<(stopped: Bool, descriptors: Set<CInt>)>((false, []))

    /// How many connections have been accepted.
    var connections: Int { accepted.load(ordering: .sequentiallyConsistent) }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Listens on a free port of the loopback interface.
    init(_ script: @escaping Script) throws {
        descriptor = socket(AF_INET, streamType, 0)
        var address = loopback()
        try bindAndName(descriptor, &address)
        try startListening(descriptor)
        port = UInt16(bigEndian: address.sin_port)
        self.script = script
        startThread { [self] in acceptAll() }
    }

    /// Listens on a Unix domain socket.
    init(path: String, _ script: @escaping Script) throws {
        descriptor = socket(AF_UNIX, streamType, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try bindAndName(descriptor, &address)
        try startListening(descriptor)
        port = 0
        self.script = script
        startThread { [self] in acceptAll() }
    }

    /// Closes the listening socket and ends every connection, which unblocks the scripts.
    func stop() {
        open.withLock { open in
            open.stopped = true
            for descriptor in open.descriptors { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
        shutdown(descriptor, CInt(SHUT_RDWR))
    }

    private func acceptAll() {
        while case let client = accept(descriptor, nil, nil), client >= 0 {
            let isWanted = open.withLock { open in
                if !open.stopped { open.descriptors.insert(client) }
                return !open.stopped
            }
            guard isWanted else {
                close(client)
                break
            }
            let number = accepted.add(1, ordering: .sequentiallyConsistent).newValue
            startThread { [self] in
                script(RawConnection(descriptor: client, number: number))
                open.withLock { open in
                    open.descriptors.remove(client)
                    close(client)
                }
            }
        }
        close(descriptor)
    }
}

/// Runs a test with a port of the loopback interface that is taken, so nobody else gets it, but not listened on.
func withClosedPort(_ test: (UInt16) async throws -> Void) async throws {
    let descriptor = socket(AF_INET, streamType, 0)
    defer { close(descriptor) }
    var address = loopback()
    try bindAndName(descriptor, &address)
    try await test(UInt16(bigEndian: address.sin_port))
}

/// Opens a connection to a port of the loopback interface.
func connectToLoopback(_ port: UInt16) throws -> CInt {
    let descriptor = socket(AF_INET, streamType, 0)
    var address = loopback()
    address.sin_port = port.bigEndian
    guard withGeneric(&address, { connect(descriptor, $0, $1) }) == 0 else {
        throw SocketFailure(call: "connect", code: errno)
    }
    return descriptor
}

private func loopback() -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

struct SocketFailure: Error {
    let call: String
    let code: CInt
}

/// Binds the socket and leaves in `address` what it was bound to.
private func bindAndName<Address>(_ descriptor: CInt, _ address: inout Address) throws {
    guard withGeneric(&address, { bind(descriptor, $0, $1) }) == 0 else {
        throw SocketFailure(call: "bind", code: errno)
    }
    var length = socklen_t(MemoryLayout<Address>.size)
    _ = withGeneric(&address) { pointer, _ in getsockname(descriptor, pointer, &length) }
}

private func startListening(_ descriptor: CInt) throws {
    guard listen(descriptor, 512) == 0 else { throw SocketFailure(call: "listen", code: errno) }
}

private func withGeneric<Address, Result>(
    _ address: inout Address,
    _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            body(generic, socklen_t(MemoryLayout<Address>.size))
        }
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Runs blocking work on a thread of its own, away from the tasks under test.
func startThread(_ body: @escaping @Sendable () -> Void) {
    #if canImport(Glibc)
        var thread = pthread_t()
    #else
        var thread: pthread_t?
    #endif
    let context = Unmanaged.passRetained(Work(body)).toOpaque()
    let code = pthread_create(
        &thread,
        nil,
        { context in
            #if canImport(Glibc)
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
            #else
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
            #endif
            return nil
        },
        context
    )
    precondition(code == 0)
    #if canImport(Glibc)
        pthread_detach(thread)
    #else
        if let thread { pthread_detach(thread) }
    #endif
}

func removeFile(_ path: String) {
    unlink(path)
}

/// The rhythm of a server that drips; no assertion depends on it.
func pauseBriefly() {
    usleep(5_000)
}
