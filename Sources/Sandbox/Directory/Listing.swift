import Foundation

/// Paging as AWS does it: by cursor if the request has one, else a single page. An RFC server pages by `startIndex`.
struct Listing {
    private let start: Int
    private let limit: Int
    private let byCursor: Bool
    private let byIndex: Bool
    private let fingerprint: String

    /// Reads `cursor`, `count` and, for the fingerprint, `filter`. An empty cursor asks for the first page.
    init(_ query: [String: String], _ settings: DirectoryCore.Settings) throws(Refusal) {
        guard let count = Int(query["count"] ?? "100"), (1...100).contains(count) else { throw .unparsable }
        fingerprint = query["filter"] ?? ""
        byCursor = query["cursor"] != nil
        byIndex = settings.removals.isRFC && !byCursor
        limit = byCursor && settings.shortPages ? max(1, count / 2) : count
        if byIndex {
            start = max(1, Int(query["startIndex"] ?? "1") ?? 1) - 1
            return
        }
        guard let cursor = query["cursor"], !cursor.isEmpty else {
            start = 0
            return
        }
        start = try Self.place(of: cursor, fingerprint: fingerprint)
    }

    /// The list response over the rows that pass.
    func response<Row>(
        _ table: ResourceTable<Row>,
        json: (Row) -> JSONText,
        where passes: (Row) -> Bool
    ) -> DirectoryResponse {
        guard byIndex else { return response(table.page(from: start, limit: limit, where: passes), json: json) }
        let all = table.all.filter(passes)
        let rows = Array(all.dropFirst(start).prefix(limit))
        return response((rows, nil), total: all.count, json: json)
    }

    /// The list response over one row, found by a unique attribute, or over none.
    func response<Row>(_ row: Row?, json: (Row) -> JSONText) -> DirectoryResponse {
        response((start == 0 ? row.map { [$0] } ?? [] : [], nil), total: row == nil ? 0 : 1, json: json)
    }

    private func response<Row>(
        _ page: (rows: [Row], next: Int?),
        total: Int? = nil,
        json: (Row) -> JSONText
    ) -> DirectoryResponse {
        let count = JSONText.number(Int64(page.rows.count))
        var members: [(String, JSONText)] = []
        if byIndex {
            let first = JSONText.number(Int64(start + 1))
            let total = JSONText.number(Int64(total ?? page.rows.count))
            members = [("totalResults", total), ("itemsPerPage", count), ("startIndex", first)]
        } else if !byCursor {
            // The documented example shows the number on the page, not the true total.
            members = [("totalResults", count), ("itemsPerPage", count), ("startIndex", .number(1))]
        } else if let next = page.next {
            members = [("itemsPerPage", count), ("nextCursor", .string(Self.cursor(next, fingerprint: fingerprint)))]
        } else {
            members = [("itemsPerPage", count)]
        }
        members.append(("schemas", .array([.string("urn:ietf:params:scim:api:messages:2.0:ListResponse")])))
        members.append(("Resources", .array(page.rows.map(json))))
        return DirectoryResponse(status: 200, json: .object(members))
    }

    // These bytes are `+++/` in base64: signs that a client must percent-encode.
    private static let mark: [UInt8] = [0xFB, 0xEF, 0xBF]

    private static func cursor(_ place: Int, fingerprint: String) -> String {
        Data(mark + Array("\(place)|\(fingerprint)".utf8)).base64EncodedString()
    }

    private static func place(of cursor: String, fingerprint: String) throws(Refusal) -> Int {
        guard let bytes = Data(base64Encoded: cursor), bytes.starts(with: mark) else { throw .unparsable }
        let parts = String(decoding: bytes.dropFirst(mark.count), as: UTF8.self)
            .split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let place = Int(parts[0]), parts[1] == fingerprint else { throw .unparsable }
        return place
    }
}
