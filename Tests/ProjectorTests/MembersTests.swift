import Ledger
import Projector
import Testing

/// What reading a group's members teaches.
@Suite struct `Members that were read` {
    /// A group of two members, both pushed, and both bound.
    private static func ledger() throws -> GrowingLog {
        var ledger = GrowingLog()
        for user in ["00u1", "00u2"] {
            try ledger.hook(user: user)
            try ledger.observe(.user, user, .bound, "d-\(user)")
        }
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.attempt("a", ["00u1": true, "00u2": true])
        try ledger.outcome("a", .applied)
        return ledger
    }

    @Test func `a member that is gone is known to be absent, and is to be sent again`() throws {
        var ledger = try Self.ledger()
        try ledger.read(["00u1": false])
        #expect(ledger.pair().applied == .absent)
        #expect(ledger.pair().appliedAt == ledger.now)
        #expect(ledger.changes() == ["00u1": true])
        #expect(ledger.pair("00u2").applied == .present)
    }

    @Test func `a member that was put back by hand is known to be present, and is to be removed again`() throws {
        var ledger = try Self.ledger()
        try ledger.hook(SampleEvent.remove, at: 1)
        try ledger.attempt("b", ["00u1": false])
        try ledger.outcome("b", .applied)
        try ledger.read(["00u1": true])
        #expect(ledger.pair().applied == .present)
        #expect(ledger.changes() == ["00u1": false])
    }

    @Test func `a member that is right already need not be sent`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.user, "00u1", .bound, "d-00u1")
        try ledger.observe(.group, "00g1", .bound, "d-g")
        #expect(ledger.changes() == ["00u1": true])
        try ledger.read(["00u1": true])
        #expect(ledger.changes() == [:])
    }

    @Test func `what was doubted is known again`() throws {
        var ledger = try Self.ledger()
        try ledger.act(.reassert)
        try ledger.read(["00u1": true, "00u2": false])
        #expect(ledger.changes() == ["00u2": true])
    }

    @Test func `a pair that was sent after the reading began is left alone, others are not`() throws {
        var ledger = try Self.ledger()
        let began = ledger.position + 1
        try ledger.attempt("b", ["00u1": false])
        try ledger.outcome("b", .applied)
        try ledger.read(["00u1": true, "00u2": false], asOf: began)
        #expect(ledger.pair().applied == .absent)
        #expect(ledger.pair("00u2").applied == .absent)
    }

    @Test func `a pair whose outcome is awaited is left alone`() throws {
        var ledger = try Self.ledger()
        try ledger.attempt("b", ["00u1": true])
        try ledger.read(["00u1": false])
        #expect(ledger.pair().applied == .unknown)
        try ledger.outcome("b", .applied)
        #expect(ledger.pair().applied == .present)
    }

    @Test func `a member whom no event names never becomes one to remove`() throws {
        var ledger = try Self.ledger()
        try ledger.observe(.user, "00u3", .bound, "d-00u3")
        try ledger.read(["00u3": true])
        #expect(ledger.pair("00u3").applied == nil)
        #expect(ledger.changes() == [:])
    }

    @Test func `what was read of another group or of another account says nothing`() throws {
        var ledger = try Self.ledger()
        try ledger.read(["00u1": false], directoryGroup: "d-other")
        try ledger.observe(.user, "00u2", .bound, "d-new")
        let second = ledger.pair("00u2")
        try ledger.read(["00u2": true])
        #expect(ledger.pair().applied == .present)
        #expect(ledger.pair("00u2") == second)
    }
}

extension GrowingLog {
    fileprivate mutating func read(
        _ members: [String: Bool],
        asOf position: Int64? = nil,
        directoryGroup: String = "d-g"
    ) throws {
        let body = MembersBody(
            group: "00g1",
            directoryGroup: directoryGroup,
            asOf: position ?? self.position + 1,
            found: members.count,
            unknown: 0,
            pairs: members.map { .init(user: $0.key, member: "d-\($0.key)", present: $0.value) }
        )
        try append(.scimObservation, body)
    }
}
