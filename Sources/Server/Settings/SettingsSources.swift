import Configuration
import Foundation
import Synchronization

/// The places that settings come from, the strongest first: command line, environment, secrets folder, YAML file.
struct SettingsSources: Sendable {
    /// A text that was found, and where.
    struct Found: Sendable {
        let text: String
        let source: String
    }

    /// The variable that names the YAML file.
    static let fileVariable = "LEDGER_CONFIG"
    /// The variable that names the secrets folder.
    static let secretsVariable = "LEDGER_SECRETS_DIR"
    /// No file that is meant is larger.
    private static let maximumFileBytes = 64 * 1024

    private let overrides: InMemoryProvider
    private let environment: EnvironmentVariablesProvider
    private var secrets: InMemoryProvider
    private var file: YAMLSnapshot?
    /// What was wrong with the places themselves: unreadable, or holding names that are not settings.
    private(set) var problems: [SettingsError.Problem] = []

    /// Opens every place and notes what is wrong with each.
    /// - Parameters:
    ///   - overrides: values of the command line.
    ///   - file: the YAML file of the command line; without it `LEDGER_CONFIG` names one, or there is none.
    ///   - environment: the variables of the process.
    init(overrides: [SettingKey: String], file: String?, environment: [String: String]) {
        self.overrides = InMemoryProvider(name: "the command line", values: overrides.asConfiguration)
        self.environment = EnvironmentVariablesProvider(
            environmentVariables: environment.filter { $0.key.hasPrefix("LEDGER_") },
            secretsSpecifier: .all
        )
        secrets = InMemoryProvider(values: [:])
        problems += Self.unknownVariables(in: environment)
        if let folder = environment[Self.secretsVariable] {
            openSecrets(folder)
        }
        if let path = file ?? environment[Self.fileVariable] {
            openFile(path)
        }
    }

    /// The value of a key in the strongest place that has one.
    ///
    /// Each place is asked for text alone and the text is parsed by us: the readers that convert give the default
    /// where a value is malformed.
    /// - Parameter key: the setting.
    /// - Returns: the text and its place, or `nil`.
    /// - Throws: a problem where the value is not a text at all.
    func text(of key: SettingKey) throws(SettingsError.Problem) -> Found? {
        let path = AbsoluteConfigKey(key.components)
        if let text = string(in: overrides, path) { return Found(text: text, source: "the command line") }
        // The variable is looked up by the name in the table, not by a name made from the key.
        if let text = try? environment.environmentValue(forName: key.variable) {
            return Found(text: text, source: "the environment")
        }
        if let text = string(in: secrets, path) { return Found(text: text, source: "the secrets folder") }
        guard let file else { return nil }
        do {
            guard let text = try file.value(forKey: path, type: .string).value?.content.text else { return nil }
            return Found(text: text, source: "the YAML file")
        } catch {
            throw SettingsError.Problem(key, from: "the YAML file", fault: "is a list", expected: "one value")
        }
    }

    private func string(in provider: InMemoryProvider, _ path: AbsoluteConfigKey) -> String? {
        try? provider.value(forKey: path, type: .string).value?.content.text
    }

    /// Reads the files of the secrets folder that are named after settings.
    ///
    /// Not through `DirectoryFilesProvider`: it passes over symbolic links, and in a mounted Kubernetes secret each file
    /// is one.
    private mutating func openSecrets(_ folder: String) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            problems.append(
                .init(subject: Self.secretsVariable, fault: "the folder cannot be read", expected: "a readable folder")
            )
            return
        }
        let keys = Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.secretFile, $0) })
        var values: [SettingKey: String] = [:]
        for name in names.sorted() where !name.hasPrefix(".") {
            let subject = "file \(name.shown) in \(Self.secretsVariable)"
            guard let key = keys[name] else {
                problems.append(
                    .init(
                        subject: subject,
                        fault: "is not named after a setting",
                        expected: "a key with dashes for dots, such as \(SettingKey.oktaSecret.secretFile)"
                    )
                )
                continue
            }
            guard let text = Self.text(of: folder + "/" + name) else {
                problems.append(
                    .init(subject: subject, fault: "cannot be read", expected: "a short file of UTF-8 text")
                )
                continue
            }
            // Editors leave a newline behind.
            values[key] = text.trimmingCharacters(in: .newlines)
        }
        secrets = InMemoryProvider(values: values.asConfiguration)
    }

    /// The text of a file, or `nil` if it cannot be read, is too large, or is not UTF-8.
    private static func text(of path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: maximumFileBytes + 1) ?? Data(), data.count <= maximumFileBytes
        else { return nil }
        return String(validating: data, as: UTF8.self)
    }

    private mutating func openFile(_ path: String) {
        let subject = "file \(path.shown)"
        guard let text = Self.text(of: path) else {
            problems.append(.init(subject: subject, fault: "cannot be read", expected: "a short YAML file"))
            return
        }
        // The one way to learn which keys a YAML snapshot holds is to be asked, for each, whether it is a secret.
        let names = Mutex<[String]>([])
        do {
            file = try YAMLSnapshot(
                data: Array(text.utf8).span.bytes,
                providerName: subject,
                parsingOptions: .init(
                    secretsSpecifier: .dynamic { name, _ in
                        names.withLock { $0.append(name) }
                        return true
                    }
                )
            )
        } catch {
            // The error quotes the lines around the fault, which may hold a secret: only the place is shown.
            problems.append(
                .init(
                    subject: subject,
                    fault: "is not a YAML mapping\(Self.place(in: error))",
                    expected: "keys with their values, nested or dotted"
                )
            )
            return
        }
        let known = Set(SettingKey.all.map(\.path))
        for name in names.withLock({ $0 }).sorted() where !known.contains(name) {
            problems.append(
                .init(
                    subject: "key \(name.shown) in \(subject)",
                    fault: "is not a setting",
                    expected: Self.nearest(name, known)
                )
            )
        }
    }

    private static func place(in error: any Error) -> String {
        guard let match = "\(error)".prefixMatch(of: /(?:[^:\n]*:)?(\d+):(\d+): error/) else { return "" }
        return " (line \(match.1), column \(match.2))"
    }
}

extension SettingsSources {
    private static func unknownVariables(in environment: [String: String]) -> [SettingsError.Problem] {
        let known = Set(SettingKey.all.map(\.variable) + [fileVariable, secretsVariable])
        return environment.keys.filter { $0.hasPrefix("LEDGER_") && !known.contains($0) }
            .filter { !isServiceLink($0, environment[$0] ?? "") }
            .sorted()
            .map { .init(subject: "variable \($0.shown)", fault: "is not a setting", expected: nearest($0, known)) }
    }

    /// Whether Kubernetes made this variable from a Service whose name starts with `ledger`.
    /// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        name.contains(/_SERVICE_(HOST|PORT)(_|$)|_PORT_[0-9]+_(TCP|UDP|SCTP)(_|$)/)
            || (name.hasSuffix("_PORT") && value.contains(/^(tcp|udp|sctp):\/\//))
    }

    /// The known name that was most likely meant: the one with the fewest edits, if these are few.
    private static func nearest(_ name: String, _ known: Set<String>) -> String {
        let best = known.sorted().map {
            (name: $0, edits: edits(from: Array(name.utf8.prefix(64)), to: Array($0.utf8)))
        }
        .min { $0.edits < $1.edits }
        guard let best, best.edits <= 3 else { return "one of the documented names" }
        return "\(best.name), if that was meant"
    }

    private static func edits(from one: [UInt8], to other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (i, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, otherByte) in other.enumerated() {
                let substituted = diagonal + (byte == otherByte ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[other.count]
    }
}

extension [SettingKey: String] {
    fileprivate var asConfiguration: [AbsoluteConfigKey: ConfigValue] {
        [AbsoluteConfigKey: ConfigValue](
            uniqueKeysWithValues: map { key, text in
                (AbsoluteConfigKey(key.components), ConfigValue(ConfigContent.string(text), isSecret: key.isSecret))
            }
        )
    }
}

extension ConfigContent {
    fileprivate var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}

extension String {
    /// The text as it may stand in a message: bounded, quoted, with control characters escaped.
    var shown: String {
        let text = count > 60 ? prefix(60) + "…" : self[...]
        return "\""
            + text.unicodeScalars.map {
                $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0)
            }.joined() + "\""
    }
}
