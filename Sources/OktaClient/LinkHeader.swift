/// Reads `Link` header fields (RFC 8288). Okta sends several lines, one for each relation, and other servers may put all
/// into one line: both are read.
public enum LinkHeader {
    /// The target of the first link with `rel="next"`.
    ///
    /// - Parameter lines: The values of all `Link` fields, each as it came.
    /// - Returns: The text between `<` and `>`, unchecked; nil where there is no such link.
    public static func next(in lines: [String]) -> String? {
        for line in lines.prefix(64) {
            var rest = Substring(line)
            while let (target, parameters, remainder) = firstLink(of: rest) {
                if relations(in: parameters).contains("next") { return String(target) }
                rest = remainder
            }
        }
        return nil
    }

    /// The first link of a list, its parameters, and what follows its comma.
    private static func firstLink(of text: Substring) -> (Substring, Substring, Substring)? {
        guard let open = text.firstIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return nil }
        let target = text[text.index(after: open)..<close]
        let tail = text[text.index(after: close)...]
        let end = firstUnquoted(",", in: tail)
        return (target, tail[..<end], tail[end...].dropFirst())
    }

    /// Where a character stands first outside of quotes; the end where it does not.
    private static func firstUnquoted(_ character: Character, in text: Substring) -> Substring.Index {
        var quoted = false
        for index in text.indices {
            if text[index] == "\"" { quoted.toggle() }
            if !quoted, text[index] == character { return index }
        }
        return text.endIndex
    }

    /// The relations that the first `rel` names, in lower case: one or several with spaces between, quoted or not.
    private static func relations(in parameters: Substring) -> [String] {
        var rest = parameters
        while !rest.isEmpty {
            let end = firstUnquoted(";", in: rest)
            let parameter = rest[..<end]
            rest = rest[end...].dropFirst()
            let halves = parameter.split(separator: "=", maxSplits: 1).map { trimmed($0) }
            guard halves.count == 2, halves[0].lowercased() == "rel" else { continue }
            return halves[1].filter { $0 != "\"" }.lowercased().split(separator: " ").map(String.init)
        }
        return []
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return start[...last]
    }
}
