import Foundation
import Ledger
import SQLiteStore
import Testing

/// What needs a process of its own: another user, or a death in the middle.
struct ProcessTests {
    @Test(arguments: [false, true])
    func `a ledger that this user may not write says that a right is missing`(readOnly: Bool) async throws {
        let place = try Workplace()
        try place.open().close()
        // The superuser is stopped by no permission, so the child becomes somebody else.
        if geteuid() == 0 {
            chown(place.folder, 65_534, 65_534)
            chown(place.database, 65_534, 65_534)
        }
        chmod(place.database, readOnly ? 0o000 : 0o400)
        chmod(place.folder, 0o500)
        defer { chmod(place.folder, 0o700) }
        let path = place.database
        await #expect(processExitsWith: .exitCode(42)) { [path = path as String, readOnly = readOnly as Bool] in
            if geteuid() == 0 { seteuid(65_534) }
            do throws(OpenError) {
                if readOnly {
                    try Store.openReadOnly(path).close()
                } else {
                    try Store.open(path, mode: .existing).close()
                }
                exit(1)
            } catch {
                guard case .permission = error else { exit(2) }
                exit(42)
            }
        }
    }

    @Test(arguments: [1, 7, 40])
    func `what was acknowledged before a SIGKILL is in the log, once, and nothing is left to clean`(
        acknowledgements: Int
    ) async throws {
        let place = try Workplace()
        let path = place.database
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, acknowledgements = acknowledgements as Int] in
            let store = try Store.open(path, mode: .create)
            try await withThrowingDiscardingTaskGroup { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<1_000 {
                            let appended = try await store.append(.delivery("\(writer)-\(number)", "x"))
                            let witness = path + ".ack-\(writer)-\(number)"
                            _ = FileManager.default.createFile(atPath: witness, contents: nil)
                            if appended.position >= Int64(acknowledgements) { kill(getpid(), SIGKILL) }
                        }
                    }
                }
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.folder)
        let acknowledged = names.compactMap { name in
            name.range(of: ".ack-").map { String(name[$0.upperBound...]) }
        }
        #expect(!acknowledged.isEmpty)

        let store = try place.open(.existing)
        defer { store.close() }
        for key in acknowledged {
            #expect(try store.entry(kind: .oktaDelivery, key: EntryKey(key)) != nil, "\(key)")
            guard case .duplicate = try await store.append(.delivery(key, "x")) else {
                Issue.record("\(key) was stored twice")
                continue
            }
        }
        try expectWholeLog(store, entries: try store.count())
    }
}
