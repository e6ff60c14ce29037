import Foundation
import Synchronization

/// The right to write a ledger, held by one process at a time.
///
/// A kernel lock (flock) on `<database>-lock`: when its holder dies, however it dies, the kernel releases it and nothing is
/// left to clean. The text in the file is for people; only the lock counts.
public final class WriterLock: Sendable {
    /// The path of the database with all links resolved.
    public let database: String

    private let descriptor: Mutex<Int32?>

    /// Takes the lock now.
    /// - Parameter path: the database.
    /// - Throws: `.locked` with the holder's text if another process has it; `.networkFileSystem`, `.permission`.
    public convenience init(database path: String) throws(OpenError) {
        let path = try DatabasePath(path)
        if let type = NetworkFileSystem.type(ofFolder: path.folder) {
            throw .networkFileSystem(path: path.text, type: type)
        }
        try self.init(resolved: path)
    }

    /// Waits until the lock is free. Ends when the task is cancelled.
    /// - Parameters:
    ///   - path: the database.
    ///   - interval: how often to try.
    /// - Returns: the lock.
    /// - Throws: what `init` throws, but for `.locked`; `CancellationError`.
    public static func wait(
        database path: String,
        pollingEvery interval: Duration = .milliseconds(200)
    ) async throws -> WriterLock {
        while true {
            do throws(OpenError) {
                return try WriterLock(database: path)
            } catch {
                guard case .locked = error else { throw error }
            }
            try await Task.sleep(for: interval)
        }
    }

    private init(resolved path: DatabasePath) throws(OpenError) {
        let lockPath = path.text + "-lock"
        let descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw OpenError(errno: errno, path: lockPath) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.readText(descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else { throw OpenError(errno: code, path: lockPath) }
            throw .locked(path: path.text, holder: holder)
        }
        Self.writeText(descriptor)
        database = path.text
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Gives the lock back. Does nothing the second time.
    public func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor {
                // Unlocked, not only closed: a child of this process between fork and exec still holds a copy.
                flock(open, LOCK_UN)
                close(open)
            }
            descriptor = nil
        }
    }

    /// The text is a courtesy: that it could not be written takes nothing from the lock.
    private static func writeText(_ descriptor: Int32) {
        let host = ProcessInfo.processInfo.hostName
        let text = Array("process \(getpid()) on \(host)\n".utf8)
        ftruncate(descriptor, 0)
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// At most 200 printable ASCII characters: anybody may have written to the file.
    private static func readText(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        let text = bytes.prefix(max(0, count)).filter { (0x20...0x7e).contains($0) }
        return text.isEmpty ? "another process" : String(decoding: text, as: UTF8.self)
    }
}
