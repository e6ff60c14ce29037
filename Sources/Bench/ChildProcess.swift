import Foundation

/// This program once more, in another part: what is measured has a process of its own, with its own memory and time.
final class ChildProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread = Data()

    /// Starts it; the variables are added to those of this process. Where it is quiet its errors are not shown.
    init(_ arguments: [String], environment: [String: String] = [:], isQuiet: Bool = false) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if isQuiet { process.standardError = FileHandle.nullDevice }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    var pid: Int32 { process.processIdentifier }

    /// Asks for a line and waits for it.
    func ask() throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        return try line()
    }

    /// The next line that it prints.
    func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread = Data(unread[(end + 1)...]) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchError("\(process.arguments ?? []) ended early") }
            unread.append(data)
        }
    }

    /// Asks it to end, as a supervisor does, and waits.
    func terminate() throws {
        process.terminate()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchError("\(process.arguments ?? []) failed") }
    }

    /// Lets it end, and waits.
    func end() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchError("\(process.arguments ?? []) failed") }
    }
}
