import Foundation

/// `docs/schema.md` as its tables and questions.
struct SchemaPage {
    /// One row of a table of columns.
    struct Column: Hashable {
        let name, kind, clock, meaning: String
    }

    /// Columns by the table or view that their heading names.
    private(set) var columns: [String: [Column]] = [:]
    /// The questions and their SQL, in order.
    private(set) var questions: [(question: String, sql: String)] = []

    init() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/schema.md")
        var heading = ""
        var sql: [String]?
        for line in try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n") {
            if line == "```", let lines = sql {
                questions.append((heading, lines.joined(separator: "\n")))
                sql = nil
            } else if sql != nil {
                sql?.append(line)
            } else if line == "```sql" {
                sql = []
            } else if line.hasPrefix("#") {
                heading = String(line.drop { "# ".contains($0) }).replacing("`", with: "")
            } else if line.hasPrefix("| `") {
                add(line, to: heading)
            }
        }
    }

    private mutating func add(_ line: String, to heading: String) {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let name = cells[0].replacing("`", with: "")
        columns[heading, default: []].append(Column(name: name, kind: cells[1], clock: cells[2], meaning: cells[3]))
    }
}
