import Foundation
import GRDB
import Ledger
import SQLiteStore
import Testing

extension Acceptance {
    /// Every file of public Okta data, through the running service, with what design and documentation say of it.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct `Real input` {
        /// How one event of a file ends.
        struct End: Hashable, CustomStringConvertible {
            let uuid: String?
            let standing: String
            let reason: String?

            init(_ uuid: String?, _ standing: String, _ reason: String?) {
                self.uuid = uuid
                self.standing = standing
                self.reason = reason
            }

            var description: String { "\(uuid ?? "-") \(standing) \(reason ?? "-")" }
        }

        /// A file posted to the hook: its `eventId`, why it is unreadable if it is, and its events.
        struct Posted {
            let eventID: String?
            let reason: String?
            let events: [End]

            init(_ eventID: String, _ events: End...) {
                self.eventID = eventID
                reason = nil
                self.events = events
            }

            init(unreadable reason: String) {
                eventID = nil
                self.reason = reason
                events = [End(nil, "unreadable", reason)]
            }
        }

        /// Deliveries are years old, so what could count or teach a login is held; sample data says `Success`, which is not `SUCCESS`.
        /// Files that are no deliveries are stored all the same.
        static let posted: [String: Posted] = [
            "hook-group-add-mismatched-displayMessage.discord.json": Posted(
                "7725f197-576a-4eff-b1ce-668221e8144a",
                End("6c5775f9-f9a3-11ed-8d5b-c305421bade6", "held", "old")
            ),
            "hook-group-add-web-nulls-stripped.fengyu225.json": Posted(
                "b35b987b-28d0-4660-b8d4-049c7ed9fc47",
                End("881314fe-9d15-11ee-bc5e-4375ba0eba6a", "held", "old")
            ),
            "hook-multi-2events-null-target.logzio.json": Posted(
                "aad38794-8234-4c85-93e7-8092b2534131",
                End("a7936860-dba3-4077-903e-0815b1e948ef", "ignored", "outcome"),
                End("ea7ba181-320a-4004-b962-c170ae2b559f", "ignored", "type")
            ),
            "hook-preview-group-add-null-actor-null-target.aws-samples.json": Posted(
                "0d6c348d-a771-49dd-9eb7-655167f26501",
                End("def83a9d-9487-42bf-b6ae-de748ebdb19c", "ignored", "outcome")
            ),
            "hook-preview-sample-microseconds.logzio.json": Posted(
                "6e0e111c-fced-493b-82e3-4fa3c0f7fd59",
                End("33e9dcbc-3ed3-423b-acdf-7e44ab17ebdb", "ignored", "type")
            ),
            "hook-session-start.okta-docs-2026.json": Posted(
                "85b60edb-4263-4e13-993b-818e26201052",
                End("f1d0b993-cc19-11ed-a688-db22c99ef6c4", "ignored", "type")
            ),
            "hook-user-deactivate-system-job-nanosecond-eventTime.ilbee.json": Posted(
                "55377059-967e-4bf2-af9a-0fe8ea2b7da1",
                End("22b13500-a072-11f0-8fb2-e97d7b516fcd", "held", "old")
            ),
            "log-app-group-import-4targets.elastic.json": Posted(unreadable: "noEvents"),
            "log-group-add.demisto.json": Posted(unreadable: "noEvents"),
            "log-group-remove.demisto.json": Posted(unreadable: "noEvents"),
            "partial-malformed-trailing-comma.trelica.txt": Posted(unreadable: "notJSON"),
            "systemlog-page-2events-same-uuid-same-ms.demisto.json": Posted(unreadable: "notAnObject"),
        ]

        /// The files that hold System Log events, as a backfill would append them: age is no reason to hold these.
        static let fetched: [String: [End]] = [
            "log-app-group-import-4targets.elastic.json": [
                End("23A8F6AA-0E52-45F7-A2FB-FEF6E0B38FC7", "ignored", "type")
            ],
            "log-group-add.demisto.json": [End("5741ef53-d699-11e9-a08c-d549acc8afb2", "decides", nil)],
            "log-group-remove.demisto.json": [End("d14117f9-5d8c-11ea-a9cb-1f2fbd3b03f7", "decides", nil)],
            "partial-malformed-trailing-comma.trelica.txt": [End(nil, "unreadable", "notJSON")],
            "systemlog-page-2events-same-uuid-same-ms.demisto.json": [
                End("123", "decides", nil), End("123", "duplicate", nil),
            ],
        ]

        static let folder = URL(filePath: #filePath).appending(path: "../../Fixtures/okta").standardizedFileURL

        static func bytes(_ file: String) throws -> [UInt8] {
            Array(try Data(contentsOf: folder.appending(path: file)))
        }

        @Test func `no file is without an expectation`() throws {
            let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            #expect(Set(files).subtracting(["SOURCES.md"]) == Set(Self.posted.keys))
        }

        @Test func `every file goes through the running service and ends as the design says`() async throws {
            try await onThread {
                let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let service = try ledger.serve()
                let hook = service.hook()
                for (file, expected) in Self.posted.sorted(by: { $0.key < $1.key }) {
                    let bytes = try Self.bytes(file)
                    let position = try ledger.count("SELECT count(*) FROM entry")
                    #expect(try hook.post(bytes) == 200, "\(file)")
                    try waitUntil("\(file) is folded") {
                        try ledger.count(
                            "SELECT count(*) FROM delivery WHERE position = ? AND events IS NOT NULL",
                            [position]
                        ) == 1
                    }
                    try Self.check(file, bytes, expected, at: position, ledger)
                    // The same bytes again are the same delivery.
                    #expect(try hook.post(bytes) == 200)
                    #expect(try ledger.count("SELECT count(*) FROM entry") == position + 1, "\(file)")
                }
                #expect(try ledger.run("verify", "--projections").code == 0)
                let status = try ledger.run("status", "--json").json()["ledger"] as? [String: Any]
                #expect(status?["held"] as? Int == 3 && status?["unreadable"] as? Int == 5)
                #expect(try service.stop() == 0)
                print("real input: \(Self.posted.count) files posted")
            }
        }

        private static func check(
            _ file: String,
            _ bytes: [UInt8],
            _ expected: Posted,
            at position: Int,
            _ ledger: TestLedger
        ) throws {
            let stored = try ledger.rows("SELECT bytes FROM body WHERE position = ?", [position])[0]
            #expect(Array(stored["bytes"] as Data) == bytes, "\(file)")
            let row = try ledger.rows("SELECT * FROM delivery WHERE position = ?", [position])[0]
            #expect(row["body"] == String(decoding: bytes, as: UTF8.self), "\(file)")
            #expect(row["reason"] as String? == expected.reason, "\(file)")
            #expect(row["readable"] as Bool? == (expected.reason == nil), "\(file)")
            #expect(row["events"] as Int? == (expected.reason == nil ? expected.events.count : 0), "\(file)")
            let key: String = row["event_id"]
            #expect(expected.eventID.map { $0 == key } ?? key.hasPrefix("sha256:"), "\(file): \(key)")
            #expect(try ends(at: [position], ledger) == expected.events, "\(file)")
        }

        private static func ends(at positions: [Int], _ ledger: TestLedger) throws -> [End] {
            try positions.flatMap { position in
                try ledger.rows(
                    "SELECT event_uuid, standing, reason FROM event WHERE position = ? ORDER BY ordinal",
                    [position]
                ).map { End($0["event_uuid"], $0["standing"], $0["reason"]) }
            }
        }

        @Test func `System Log events of any age count, and confirm what was held`() async throws {
            let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
            let held = "hook-group-add-web-nulls-stripped.fengyu225.json"
            try await onThread {
                let service = try ledger.serve()
                #expect(try service.hook().post(try Self.bytes(held)) == 200)
                #expect(try service.stop() == 0)
            }
            let store = try Store.open(ledger.database, mode: .existing)
            let projection = try Projection(store)
            for (file, expected) in Self.fetched.sorted(by: { $0.key < $1.key }) {
                var positions: [Int] = []
                for event in try Self.events(of: file) {
                    let key = EntryKey(event.uuid ?? "sha256-of-\(file)")
                    let entry = NewEntry(
                        kind: .oktaLogEvent,
                        key: key,
                        body: event.bytes,
                        onCollision: .duplicateIfSameBytesElseNumber
                    )
                    if case .stored(let position, _) = try await store.append(entry) { positions.append(Int(position)) }
                }
                while try projection.follow().folded > 0 {}
                #expect(try Self.ends(at: positions, ledger) == expected, "\(file)")
            }

            let hook = try #require(try Self.object(held)["data"] as? [String: Any])
            let event = try #require((hook["events"] as? [[String: Any]])?.first)
            let uuid = try #require(event["uuid"] as? String)
            let bytes = Array(try JSONSerialization.data(withJSONObject: event))
            _ = try await store.append(
                NewEntry(kind: .oktaLogEvent, key: EntryKey(uuid), body: bytes, onCollision: .duplicate)
            )
            while try projection.follow().folded > 0 {}
            let copies = try ledger.rows(
                "SELECT source, standing FROM event WHERE event_uuid = ? ORDER BY position",
                [uuid]
            )
            #expect(copies.map { $0["standing"] as String } == ["duplicate", "decides"])
            #expect(
                try ledger.count("SELECT count(*) FROM membership WHERE decided_by = ? AND desired = 'present'", [uuid])
                    == 1
            )
            store.close()
            try await onThread { () throws in #expect(try ledger.run("verify", "--projections").code == 0) }
        }

        private static func object(_ file: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(try bytes(file))) as? [String: Any])
        }

        /// The events of a file with their uuids: of a page each on its own, of one event its very bytes.
        private static func events(of file: String) throws -> [(uuid: String?, bytes: [UInt8])] {
            let bytes = try bytes(file)
            // JSON is judged by the name of the file: JSONSerialization may accept what RFC 8259 does not.
            guard file.hasSuffix(".json"), let json = try? JSONSerialization.jsonObject(with: Data(bytes)) else {
                return [(nil, bytes)]
            }
            guard let page = json as? [[String: Any]] else {
                return [((json as? [String: Any])?["uuid"] as? String, bytes)]
            }
            return try page.map { ($0["uuid"] as? String, Array(try JSONSerialization.data(withJSONObject: $0))) }
        }
    }
}
