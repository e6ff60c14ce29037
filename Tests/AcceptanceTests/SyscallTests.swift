import Foundation
import GRDB
import Testing

extension Acceptance {
    @Suite(.timeLimit(.minutes(2))) struct `System calls` {
        @Test func `the sync of a delivery's commit returns before its answer is written`() async throws {
            try await onThread {
                let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let trace = ledger.folder + "/trace"
                let calls = "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg"
                // -D: the service stays our child, and the tracer its grandchild. -y: paths of files.
                let tracer = ["/usr/bin/strace", "-D", "-f", "-tt", "-y", "-s", "16384", "-o", trace, "-e", calls]
                let process = try ledger.start(["serve"], under: tracer)
                let hook = HookConnection(port: try process.listening(seconds: 60).hook)
                let marks = (0..<20).map { _ in UUID().uuidString.lowercased() }
                for mark in marks {
                    let change = HandMade.add("00usyscall", "AWS_Syscall", ago: 100)
                    #expect(try hook.post(HandMade.delivery([change.event], id: mark)) == 200)
                }
                process.send(SIGTERM)
                try process.wait()
                let text = String(decoding: try Data(contentsOf: URL(filePath: trace)), as: UTF8.self)
                let traced = Trace(text)
                var last = 0
                for mark in marks {
                    let order = try traced.order(ofCommitWith: mark, answeredAfter: last)
                    #expect(order.written < order.syncBegan && order.syncReturned < order.answered)
                    last = order.answered
                }
                print(
                    "system calls: \(marks.count) deliveries, each synced before its answer; \(traced.lines.count) lines"
                )
            }
        }
    }
}

/// What strace wrote: one line a call, or two where others came between its begin and its return.
private struct Trace {
    struct Order {
        /// Line numbers.
        var written = 0
        var syncBegan = 0
        var syncReturned = 0
        var answered = 0
    }

    let lines: [Substring]

    init(_ text: String) { lines = text.split(separator: "\n") }

    func order(ofCommitWith mark: String, answeredAfter last: Int) throws -> Order {
        var order = Order()
        // The first time that the delivery's id goes into the write-ahead log is its commit; the fold comes later.
        order.written = try line(from: last) {
            $0.contains(" pwrite64(") && $0.contains(".db-wal>") && $0.contains(mark)
        }
        let file = try descriptor(lines[order.written])
        let thread = lines[order.written].prefix { $0 != " " }
        order.syncBegan = try line(from: order.written) { $0.hasPrefix("\(thread) ") && $0.contains("sync(\(file)") }
        if lines[order.syncBegan].contains("<unfinished ...>") {
            order.syncReturned = try line(from: order.syncBegan + 1) {
                $0.hasPrefix("\(thread) ") && $0.contains("resumed>")
            }
        } else {
            order.syncReturned = order.syncBegan
        }
        #expect(lines[order.syncReturned].hasSuffix("= 0"), "\(lines[order.syncReturned])")
        order.answered = try line(from: last + 1) { $0.contains("\"HTTP/1.1 200") }
        return order
    }

    private func line(from start: Int, _ condition: (Substring) -> Bool) throws -> Int {
        guard let index = lines[start...].firstIndex(where: condition) else {
            throw Failure("not in the trace after line \(start): \(lines.suffix(3))")
        }
        return index
    }

    /// `12</tmp/…/ledger.db-wal>` of `pwrite64(12</tmp/…/ledger.db-wal>, …`.
    private func descriptor(_ line: Substring) throws -> Substring {
        guard let match = line.firstMatch(of: /pwrite64\((\d+<[^>]*>)/) else { throw Failure("\(line.prefix(200))") }
        return match.1
    }
}
