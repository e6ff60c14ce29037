import Foundation

/// The one path of a database, whatever links lead to it: two names of one file must meet at one lock.
struct DatabasePath: Hashable, Sendable {
    let text: String

    /// Resolves the file if it exists, else its folder, which must exist.
    init(_ path: String) throws(OpenError) {
        if let whole = Self.resolved(path) {
            text = whole
            return
        }
        let url = URL(fileURLWithPath: path)
        guard let folder = Self.resolved(url.deletingLastPathComponent().path) else {
            throw OpenError(errno: errno, path: path)
        }
        text = folder + "/" + url.lastPathComponent
    }

    var folder: String { URL(fileURLWithPath: text).deletingLastPathComponent().path }

    private static func resolved(_ path: String) -> String? {
        guard let pointer = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }

    /// Creates the file, readable and writable for its owner alone, unless it exists.
    func createFile() throws(OpenError) {
        let descriptor = unsafe open(text, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw OpenError(errno: errno, path: text) }
        close(descriptor)
        try syncFolder()
    }

    /// A new name is durable only once its folder is.
    private func syncFolder() throws(OpenError) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OpenError(errno: errno, path: folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw OpenError(errno: errno, path: folder) }
    }
}
