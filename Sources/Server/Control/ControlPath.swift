/// Where the running service takes orders: a socket in a private folder beside the database.
struct ControlPath: Sendable, Hashable {
    /// The folder, for its owner alone (0700).
    let folder: String
    /// The socket (0600).
    let socket: String

    /// Bytes that a Unix socket's path may have on Linux, less the closing NUL (unix(7)).
    static let maximumBytes = 107

    /// The socket of a database.
    init(database path: String) {
        folder = path + "-control"
        socket = folder + "/socket"
    }

    /// Whether the system takes so long a path.
    var fits: Bool { socket.utf8.count <= Self.maximumBytes }
}
