import ArgumentParser
import Foundation
import Ledger
import SQLiteStore

/// Runs the command `ledger` with the arguments of the process, and ends the process.
package func runLedger() async { await Main.main() }

/// The command `ledger`.
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Keeps who entered or left which Okta group, and makes it true in a SCIM directory.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, TryCommand.self, StatusCommand.self, HistoryCommand.self, MembersCommand.self,
            ReplayCommand.self, BackfillCommand.self, BaselineCommand.self, ReconcileCommand.self, ApproveCommand.self,
            PauseCommand.self,
            ResumeCommand.self, ReleaseCommand.self, VerifyCommand.self,
        ]
    )

    /// Runs a command, and ends with the exit code that scripts depend on.
    static func main() async {
        unblockSignals()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// A parent with many threads may start us with signals blocked, and who is deaf to SIGTERM is not stopped but killed.
    /// Before any thread is started, because threads inherit this.
    private static func unblockSignals() {
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }

    private static func end(with error: any Error) -> Never {
        let status = Exit(error)
        if exitCode(for: error) == .success || error is ExitCode {
            // Help, version, or a command that has said what it had to say.
            exit(withError: error)
        }
        let text = status == .usage ? fullMessage(for: error) : "ledger: \(message(for: error))"
        FileHandle.standardError.write(Data((text + "\n").utf8))
        exit(withError: status.code)
    }
}

/// Exit codes: scripts and supervisors depend on them.
enum Exit: Int32 {
    /// A check failed, or work or a gap is left.
    case unfinished = 1
    /// The command or the configuration is wrong; nothing was started.
    case usage = 2
    /// The ledger cannot be opened, or broke.
    case unopenable = 3

    var code: ExitCode { ExitCode(rawValue) }

    /// The code for what ended a command.
    init(_ error: any Error) {
        switch error {
        case is SettingsError, is ControlError, is PortInUse, is OtherDirectory, is NotHeld: self = .usage
        case is OpenError, is StoreFailure, is ProjectionError, is AppendError: self = .unopenable
        default: self = Main.exitCode(for: error) == .validationFailure ? .usage : .unfinished
        }
    }
}
