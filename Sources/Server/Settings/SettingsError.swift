/// Everything that is wrong with the settings, found in one pass.
///
/// No text in here holds the value of a secret or of a URL, so all of it may be logged.
struct SettingsError: Error, Hashable, CustomStringConvertible {
    /// One thing that is wrong.
    struct Problem: Error, Hashable, CustomStringConvertible {
        /// What it concerns: a key with its variable, or a variable, a file or a folder of its own.
        let subject: String
        /// What is wrong.
        let fault: String
        /// What is expected instead.
        let expected: String

        var description: String { "\(subject): \(fault); expected \(expected)" }
    }

    /// The problems, those of files and names first, then in the order of the keys; never empty.
    let problems: [Problem]

    var description: String {
        let heading = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return (["the configuration has \(heading):"] + problems.map { "  - \($0)" }).joined(separator: "\n")
    }
}

extension SettingsError.Problem {
    /// A problem with the value of a key, or with its absence.
    /// - Parameters:
    ///   - key: the setting.
    ///   - source: where the value came from, `nil` where there is none.
    ///   - fault: what is wrong, without the value of a secret.
    ///   - expected: what is expected instead.
    init(_ key: SettingKey, from source: String? = nil, fault: String, expected: String) {
        let origin = source.map { " from \($0)" } ?? ""
        self.init(subject: "\(key.path) (\(key.variable))\(origin)", fault: fault, expected: expected)
    }
}

/// A value that must not be shown: it prints and reflects as a placeholder.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for the one place that sends or compares it.
    let exposed: String

    var description: String { "<secret>" }
    var debugDescription: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
