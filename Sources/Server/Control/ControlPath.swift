/// Where the running service takes orders: a socket in a private folder beside the database.
struct ControlPath: Sendable, Hashable {
    /// The folder, for its owner alone (0700).
    let folder: String
    /// The socket (0600).
    let socket: String

    /// Bytes that a socket's path may have everywhere: Darwin and libcurl take 103, Linux 107 (unix(7)).
    static let maximumBytes = 103

    /// The socket of a database.
    init(database path: String) {
        folder = path + "-control"
        socket = folder + "/socket"
    }

    /// Whether the system takes so long a path.
    var fits: Bool { socket.utf8.count <= Self.maximumBytes }
}
