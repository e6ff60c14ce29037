import Foundation
import GRDB

/// What a figure depends on besides the program.
enum Machine {
    /// Cores, kernel and SQLite of this run.
    static func facts() throws -> String {
        let kernel = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let sqlite = try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") } ?? "?"
        let load = try String(contentsOfFile: "/proc/loadavg", encoding: .utf8).split(separator: " ")[0]
        return "\(ProcessInfo.processInfo.activeProcessorCount) cores, Linux \(kernel), SQLite \(sqlite), load \(load)"
    }

    /// Nanoseconds of a clock that only goes forward.
    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The median time of one fdatasync after 16 KiB were appended to a file, in milliseconds: about what a commit of
    /// three deliveries writes.
    static func syncMilliseconds(in folder: String, times: Int = 101) throws -> Double {
        let path = folder + "/sync"
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard file >= 0 else { throw BenchError("cannot write \(path)") }
        defer {
            close(file)
            unlink(path)
        }
        let bytes = [UInt8](repeating: 0x5A, count: 16_384)
        var samples: [Int64] = []
        for _ in 0..<times {
            guard write(file, bytes, bytes.count) == bytes.count else { throw BenchError("cannot write \(path)") }
            let start = nanoseconds()
            guard fdatasync(file) == 0 else { throw BenchError("fdatasync failed") }
            samples.append(nanoseconds() - start)
        }
        return Double(samples.sorted()[times / 2]) / 1_000_000
    }

    /// The most memory that this process has held, in MB of 1,000,000 bytes.
    static func peakMemory() throws -> Double { try memory("self", "VmHWM") }

    /// The memory that a process holds now, in MB of 1,000,000 bytes.
    static func memory(of process: Int32) throws -> Double { try memory("\(process)", "VmRSS") }

    private static func memory(_ process: String, _ field: String) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap {
            Double($0)
        }
        guard let kibibytes else { throw BenchError("the kernel does not tell \(field)") }
        return kibibytes * 1_024 / 1_000_000
    }

    /// Seconds of processor time that a process has used, over all its threads.
    static func processorSeconds(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // Fields 14 and 15 of proc(5), counted behind the name, which may hold spaces.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// Why the benchmark cannot go on.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
