import Ledger
import Testing

struct VerifierTests {
    struct Rows: StoredEntrySource {
        var rows: [StoredEntry]

        func storedEntries(from position: Int64, limit: Int) -> [StoredEntry] {
            Array(rows.filter { $0.position >= position }.prefix(limit))
        }
    }

    private static let salt = [UInt8](repeating: 7, count: 16)

    private static func row(_ position: Int64) -> StoredEntry {
        let body = Array("body \(position)".utf8)
        let record = Record(
            kind: .oktaDelivery,
            recordedAt: 1_000 + position / 2,
            key: EntryKey("event-\(position)"),
            bodyLength: body.count,
            bodyDigest: Record.bodyDigest(of: body, salt: salt)
        )
        return StoredEntry(
            position: position,
            kind: record.kind.rawValue,
            recordedAt: record.recordedAt,
            key: record.key?.text,
            format: Record.format,
            bodyLength: Int64(body.count),
            bodyDigest: record.bodyDigest,
            leafHash: record.leafHash,
            salt: salt,
            body: body
        )
    }

    private static func log(_ count: Int64 = 10) -> Rows { Rows(rows: (0..<count).map(row)) }

    @Test(arguments: [1, 3, 10, 1_000])
    func `an untouched log is clean whatever the page size`(pageSize: Int) throws {
        let report = try Verifier.verify(Self.log(), pageSize: pageSize)
        #expect(report.isClean)
        #expect(report.entries == 10)
    }

    @Test func `an empty log is clean`() throws {
        #expect(try Verifier.verify(Rows(rows: [])).isClean)
    }

    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout StoredEntry) -> Void
        let found: [Verifier.Problem]
    }

    static let tamperings: [Tampering] = [
        Tampering(testDescription: "a bit of the body", change: { $0.body?[0] ^= 1 }, found: [.bodyDigest]),
        Tampering(testDescription: "a bit of the salt", change: { $0.salt?[0] ^= 1 }, found: [.bodyDigest]),
        Tampering(
            testDescription: "a bit of the digest",
            change: { $0.bodyDigest[5] ^= 1 },
            found: [.bodyDigest, .leafHash]
        ),
        Tampering(testDescription: "a bit of the leaf", change: { $0.leafHash[5] ^= 1 }, found: [.leafHash]),
        Tampering(
            testDescription: "a byte more",
            change: { $0.body?.append(0) },
            found: [.bodyLength(actual: 7), .bodyDigest]
        ),
        Tampering(
            testDescription: "the length",
            change: { $0.bodyLength += 1 },
            found: [.bodyLength(actual: 6), .leafHash]
        ),
        Tampering(testDescription: "the kind", change: { $0.kind = "okta.logevent" }, found: [.leafHash]),
        Tampering(testDescription: "a wrong kind", change: { $0.kind = "Okta" }, found: [.kindNotAllowed]),
        Tampering(testDescription: "the key", change: { $0.key = "event-6" }, found: [.leafHash]),
        Tampering(testDescription: "no key", change: { $0.key = nil }, found: [.leafHash]),
        Tampering(testDescription: "a wrong key", change: { $0.key = "a\nb" }, found: [.keyNotAllowed]),
        Tampering(testDescription: "a later time", change: { $0.recordedAt += 1 }, found: [.leafHash]),
        Tampering(testDescription: "the format", change: { $0.format = 2 }, found: [.unknownFormat(2)]),
        Tampering(testDescription: "no body", change: { $0.body = nil }, found: [.bodyMissing]),
        Tampering(testDescription: "no salt", change: { $0.salt = nil }, found: [.bodyMissing]),
        Tampering(
            testDescription: "an earlier time",
            change: { $0.recordedAt = 1 },
            found: [.clockWentBackwards(previous: 1_002), .leafHash]
        ),
    ]

    @Test(arguments: tamperings)
    func `whatever is altered in a row is found there`(tampering: Tampering) throws {
        var log = Self.log()
        tampering.change(&log.rows[5])
        let report = try Verifier.verify(log)
        #expect(report.findings.map(\.problem) == tampering.found)
        #expect(report.findings.allSatisfy { $0.position == 5 })
    }

    @Test func `a row that is gone is found at the next one`() throws {
        var log = Self.log()
        log.rows.remove(at: 4)
        let report = try Verifier.verify(log, pageSize: 2)
        #expect(report.findings == [.init(position: 5, problem: .position(expected: 4))])
    }

    @Test func `a report counts all problems and spells out the first ones`() throws {
        var log = Self.log(250)
        for index in log.rows.indices { log.rows[index].leafHash[0] ^= 1 }
        let report = try Verifier.verify(log)
        #expect(report.problems == 250)
        #expect(report.findings.count == Verifier.maximumFindings)
    }
}
