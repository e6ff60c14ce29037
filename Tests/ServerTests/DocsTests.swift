import ArgumentParser
import Dispatcher
import Foundation
import Projector
import Testing

@testable import Server

/// The documentation says what the program does.
@Suite struct DocsTests {
    @Test func `the README's table of settings is the one that settings are read by`() throws {
        #expect(try Document("README.md").text.contains("\n\(Settings.documentation)\n\n"))
    }

    @Test func `the README lists every command, with the words of its help, and no other`() throws {
        let documented = try Document("README.md").table(under: "## Commands")
        let commands = Main.configuration.subcommands.map { command in
            let configuration = command.configuration
            return ["`ledger \(configuration.commandName ?? "")`", configuration.abstract]
        }
        #expect(documented.count == commands.count)
        for command in commands { #expect(documented.contains(command)) }
    }

    @Test func `the README gives each exit code its number`() throws {
        let documented = try Document("README.md").table(under: "| exit code | meaning |").map { $0[0] }
        let codes = [0] + [Exit.unfinished, .usage, .unopenable].map(\.rawValue)
        #expect(documented == codes.map(String.init))
    }

    @Test func `the README's ports are the defaults`() throws {
        let text = try Document("README.md").text
        #expect(text.contains("| hook, \(SettingKey.hookPort.defaultText ?? "?") | `POST \(HookListener.path)` |"))
        #expect(text.contains("| ops, \(SettingKey.opsPort.defaultText ?? "?") | `GET /readyz` |"))
    }

    @Test func `every event type that the README asks for means something to the fold`() throws {
        let types = try Document("README.md").table(under: "## Connect Okta")
            .flatMap { $0[0].matches(of: /`([a-z_.]+)`/).map { String($0.1) } }
        #expect(types.count == 13)
        for type in types { #expect(EventKind(eventType: type) != .other, "\(type)") }
    }

    @Test func `the waiting times in the operations notes are those of the program`() throws {
        let documented = try Document("docs/operations.md").table(under: "## What waits, and for how long")
            .map { Array($0.dropFirst().prefix(2)) }
        let found = Finding.allCases.compactMap(\.ladder).map { ($0.first, $0.longest) }
        let troubles = DirectoryTrouble.Kind.allCases.map { ($0.ladder.first, $0.ladder.longest) }
        let requests = [Backoff.throttled, .unauthorized, .refused, .transport].map { ($0.first, $0.longest) }
        #expect(documented == (found + troubles + requests).map { [duration($0), duration($1)] })
    }

    private func duration(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        if seconds % 3_600 == 0 { return "\(seconds / 3_600) h" }
        return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
    }

    @Test func `the README names the files that the service makes`() throws {
        let database = try #require(SettingKey.database.defaultText)
        let files = try Document("README.md").table(under: "## Files").map { $0[0] }.joined(separator: " ")
        for file in [database, database + "-lock", ControlPath(database: database).socket] {
            #expect(files.contains("`\(file)`"))
        }
    }

    @Test func `every route in the README is answered by its listener`() async throws {
        let routes = try Document("README.md").table(under: "## Ports").map { ($0[0].hasPrefix("hook"), $0[1]) }
        #expect(routes.count == 5)
        let ready = Readiness(holdsLock: true, storeIsOpen: true, hookIsListening: true, foldLag: 0)
        let ops = OpsListener(isHealthy: { true }, readiness: { ready })
        try await HookFixture.with { hook in
            try await withService { log, onListening in
                ops.service(at: .init(host: "127.0.0.1", port: 0), logger: log.logger, onListening: onListening)
            } _: { opsPort, _, _ in
                for (isHook, route) in routes {
                    let line = route.trimmingCharacters(in: ["`"])
                    let answer = try await exchange(
                        isHook ? hook.port : opsPort,
                        "\(line) HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
                    )
                    // The secret is missing on purpose: 401 shows that the path is known.
                    #expect(answer?.status == (line.hasSuffix(HookListener.path) ? 401 : 200), "\(line)")
                }
            }
        }
    }

    @Test func `the image keeps its database where its volume is, and opens the default ports`() throws {
        let image = try Document("Dockerfile").text
        #expect(image.contains("\nENV \(SettingKey.database.variable)=/var/lib/ledger/"))
        #expect(image.contains("\nVOLUME /var/lib/ledger\n"))
        let ports = [SettingKey.hookPort, .opsPort].compactMap(\.defaultText).joined(separator: " ")
        #expect(image.contains("\nEXPOSE \(ports)\n"))
    }

    @Test func `every link between documents leads somewhere`() throws {
        for document in try Document.all() {
            for match in document.text.matches(of: /\]\(([^)#:\s]+)(#[^)\s]*)?\)/) {
                let target = document.url.deletingLastPathComponent().appending(path: String(match.1))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(document.path) -> \(match.1)")
            }
        }
    }

    @Test func `every decision has the same headings and stands in the list under its number`() throws {
        let list = try Document("docs/adr/README.md").text
        let decisions = try Document.all().filter { $0.path.hasPrefix("docs/adr/0") }.sorted { $0.path < $1.path }
        #expect(decisions.count > 5)
        for (index, decision) in decisions.enumerated() {
            let number = String(format: "%04d", index + 1)
            let title = try #require(decision.text.split(separator: "\n").first)
            #expect(title.hasPrefix("# \(number) "), "\(decision.path)")
            #expect(list.contains("| [\(number)](\(decision.url.lastPathComponent)) | \(title.dropFirst(7)) |"))
            let headings = decision.text.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) }
            #expect(headings == ["Context", "Decision", "Consequences", "Alternatives"], "\(decision.path)")
        }
    }
}

/// A text file of the repository.
private struct Document {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Relative to the root of the repository.
    let path: String
    let text: String

    var url: URL { Self.root.appending(path: path) }

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// All Markdown files for readers: at the root, and under `docs`.
    static func all() throws -> [Document] {
        let manager = FileManager.default
        let top = try manager.contentsOfDirectory(atPath: root.path)
        let docs = try manager.subpathsOfDirectory(atPath: root.appending(path: "docs").path).map { "docs/\($0)" }
        return try (top + docs).filter { $0.hasSuffix(".md") }.map(Document.init)
    }

    /// The cells of the first table after a line, without its two rows of heading.
    func table(under line: String) -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0 == line }) else { return [] }
        let isRow = { (line: Substring) in line.hasPrefix("|") }
        guard let table = lines[start...].firstIndex(where: isRow) else { return [] }
        return lines[table...].prefix(while: isRow).dropFirst(2).map { row in
            row.dropFirst().dropLast().split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}
