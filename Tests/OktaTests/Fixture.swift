import Foundation

/// A file of Tests/Fixtures/okta; its SOURCES.md tells where each comes from.
struct Fixture {
    let name: String
    let bytes: [UInt8]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/okta")

    init(_ name: String) throws {
        self.name = name
        bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
    }

    /// All files but SOURCES.md, in the order of their names.
    static func all() throws -> [Fixture] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".md") }.sorted()
            .map { try Fixture($0) }
    }
}

/// SplitMix64: small, seeded, the same on every platform.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A new seed for this run, printed so that a failure can be repeated with OKTA_TEST_SEED.
    static func seedOfThisRun(_ test: String) -> UInt64 {
        let seed = ProcessInfo.processInfo.environment["OKTA_TEST_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        print("\(test): OKTA_TEST_SEED=\(seed)")
        return seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
