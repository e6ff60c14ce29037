import Foundation
import SQLiteStore

/// Prints rows for people, or as JSON for programs. Outside text is shown without control characters.
enum TablePrinter {
    /// Prints a table.
    static func show(_ table: Store.Table, json: Bool, empty: String) throws {
        if json {
            try Output.json(
                table.rows.map { row in
                    Dictionary(uniqueKeysWithValues: zip(table.columns, row).map { ($0, $1) })
                }
            )
        } else if table.rows.isEmpty {
            Output.line(empty)
        } else {
            show(header: table.columns, rows: table.rows.map { $0.map { $0 ?? "-" } })
        }
    }

    /// Prints aligned columns.
    static func show(header: [String], rows: [[String]]) {
        let lines = ([header] + rows).map { $0.map(visible) }
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        for line in lines {
            let cells = zip(line, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
            Output.line(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
    }

    /// Text from outside must not move a terminal's cursor or colour its screen.
    static func visible(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }
            )
        )
    }
}
