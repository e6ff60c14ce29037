import Foundation

/// The recorded and documented bodies in Tests/Fixtures/scim.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/scim")

    static func object(_ path: String) throws -> NSDictionary {
        try parse(Array(Data(contentsOf: folder.appending(path: path))))
    }

    /// One member of a fixture, as bytes again.
    static func bytes(_ path: String, _ member: String) throws -> [UInt8] {
        let object = try object(path)
        guard let value = object[member] else { throw Missing(name: "\(path): \(member)") }
        return try Array(JSONSerialization.data(withJSONObject: value))
    }

    static func parse(_ bytes: [UInt8]) throws -> NSDictionary {
        guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary else {
            throw Missing(name: "object")
        }
        return object
    }

    struct Missing: Error {
        let name: String
    }
}

/// A small generator with a seed, so that a failing history can be made again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Texts that break whoever formats instead of escaping.
let nastyNames = [
    #"AWS_"quoted""#, #"AWS_back\slash"#, #"AWS_\"both\\"#, #"x" or displayName pr or displayName eq "y"#,
    "AWS_tab\tand\nline", "AWS_\u{1}\u{1f}control", "AWS_Zoë", "AWS_Zoe\u{308}", "AWS_日本 🗝️", "AWS_%22&filter=a+b#c?d/e",
    "AWS_ space ", "]AWS_[members]", "AWS_\u{7f}\u{2028}",
]
