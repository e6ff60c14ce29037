import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A child whose blocked signals are chosen here, and that ignores none, whatever this process does with them.
final class ChildProcess: Sendable {
    let pid: pid_t
    /// Where its standard output and standard error go.
    let outputPath: String
    let errorPath: String
    /// Held open: some children end when it closes.
    private let standardInput: Int32

    /// Starts a program.
    /// - Parameters:
    ///   - command: an absolute path and its arguments.
    ///   - environment: all its variables.
    ///   - folder: where its output files are made.
    ///   - blocked: signals that it starts with blocked, as the child of a careless parent.
    /// - Throws: why it did not start.
    init(_ command: [String], environment: [String: String], folder: String, blocked: [Int32] = []) throws {
        let name = UUID().uuidString.prefix(8)
        outputPath = "\(folder)/\(name).out"
        errorPath = "\(folder)/\(name).err"
        var ends: [Int32] = [0, 0]
        // Close-on-exec, or another child would keep the pipe open.
        guard pipe(&ends) == 0 else { throw Failure("pipe: \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        standardInput = ends[1]

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, flags, 0o600)
        // A listening socket of a directory in this process must not stay open in a child.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
        for descriptor in open where descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in blocked { sigaddset(&mask, signal) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, command[0], &actions, &attributes, arguments, variables)
        close(ends[0])
        guard result == 0 else { throw Failure("\(command[0]) did not start: \(result)") }
        pid = child
    }

    /// What it printed so far.
    var output: String { Self.text(outputPath) }
    var errors: String { Self.text(errorPath) }

    /// Whether it has ended and was not waited for yet.
    var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo == SIGCHLD
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for its end; for one call.
    /// - Returns: the exit code, or the negated signal that ended it.
    @discardableResult
    func wait(seconds: Double = 60) throws -> Int32 {
        var status: Int32 = 0
        defer { close(standardInput) }
        do {
            try waitUntil("the end of a child: \(errors.suffix(2_000))", seconds: seconds) {
                let result = waitpid(pid, &status, WNOHANG)
                if result < 0 && errno != EINTR { throw Failure("waitpid: \(errno)") }
                return result == pid
            }
        } catch {
            kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
            throw error
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : -signal
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
