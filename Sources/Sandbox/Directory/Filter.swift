import Foundation

/// A filter as AWS takes it: one or two comparisons by `eq`, joined by `and`, with JSON strings as values.
struct Filter {
    /// Attribute names in lower case (RFC 7644 section 3.4.2.2: they are compared without case) and their values.
    let values: [String: String]

    /// Parses a filter; anything else than `eq` and `and` is refused.
    init(_ text: String) throws(Refusal) {
        var rest = Substring(text)
        var values: [String: String] = [:]
        while true {
            let attribute = Self.word(&rest).lowercased()
            guard !attribute.isEmpty, Self.word(&rest).lowercased() == "eq" else { throw .unparsable }
            guard values.updateValue(try Self.string(&rest), forKey: attribute) == nil else { throw .unparsable }
            rest = rest.drop { $0 == " " }
            if rest.isEmpty { break }
            guard Self.word(&rest).lowercased() == "and" else { throw .unparsable }
        }
        self.values = values
    }

    private static func word(_ rest: inout Substring) -> Substring {
        rest = rest.drop { $0 == " " }
        let word = rest.prefix { $0 != " " }
        rest = rest.dropFirst(word.count)
        return word
    }

    /// Takes one JSON string literal off the front.
    private static func string(_ rest: inout Substring) throws(Refusal) -> String {
        rest = rest.drop { $0 == " " }
        let scalars = rest.unicodeScalars
        guard scalars.first == "\"" else { throw .unparsable }
        var index = scalars.index(after: scalars.startIndex)
        var escaped = false
        while index < scalars.endIndex, escaped || scalars[index] != "\"" {
            escaped = !escaped && scalars[index] == "\\"
            index = scalars.index(after: index)
        }
        guard index < scalars.endIndex else { throw .unparsable }
        let end = scalars.index(after: index)
        let literal = Data(String(scalars[..<end]).utf8)
        rest = Substring(scalars[end...])
        guard let text = try? JSONSerialization.jsonObject(with: literal, options: .fragmentsAllowed) as? String
        else { throw .unparsable }
        return text
    }
}
