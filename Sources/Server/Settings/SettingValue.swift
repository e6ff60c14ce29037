import OktaClient
import Projector
import SCIM

/// The forms that values may have. Each parser takes a text and gives a value or says what it expected.
enum SettingValue {
    /// Why a text is not a value.
    struct Fault: Error {
        let fault: String
        let expected: String
        /// Whether the text may be repeated in the message, if it is no secret.
        var showsValue = true
    }

    /// The base URL of the directory.
    struct URLText {
        /// Without a trailing slash.
        let text: String
        /// The host alone, in lower case.
        let host: String
    }

    private static let maximumBytes = 4096

    static func path(_ text: String) throws(Fault) -> String {
        let expected = "a path of a file"
        try checkPlain(text, expected)
        // SQLite would read a query out of such a text and so open in another mode.
        guard !text.hasPrefix("file:"), text != ":memory:" else {
            throw Fault(fault: "is not a path:", expected: expected)
        }
        return text
    }

    /// A text that can be the value of a header: printable ASCII, not starting or ending with a space.
    static func secret(_ text: String) throws(Fault) -> Secret {
        let expected = "printable ASCII characters without spaces around them"
        try checkPlain(text, expected)
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.first != " ", text.last != " " else {
            throw Fault(fault: "cannot be sent in a header", expected: expected, showsValue: false)
        }
        return Secret(exposed: text)
    }

    /// A field name, RFC 9110 section 5.1.
    static func headerName(_ text: String) throws(Fault) -> String {
        let expected = "a header name such as Authorization"
        try checkPlain(text, expected)
        guard text.wholeMatch(of: /[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}/) != nil else {
            throw Fault(fault: "is not a header name:", expected: expected)
        }
        return text
    }

    /// A host name, in lower case.
    static func host(_ text: String) throws(Fault) -> String {
        let expected = "a host without scheme and path, such as example.okta.com"
        try checkPlain(text, expected)
        guard text.utf8.count <= 253, text.wholeMatch(of: hostName) != nil else {
            throw Fault(fault: "is not a host:", expected: expected)
        }
        return text.lowercased()
    }

    /// An address to listen on: a host name, or an IPv4 or IPv6 address.
    static func address(_ text: String) throws(Fault) -> String {
        let expected = "a host name or an IP address"
        try checkPlain(text, expected)
        guard text.utf8.count <= 253,
            text.wholeMatch(of: hostName) != nil
                || text.wholeMatch(of: /[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[0-9A-Za-z]+)?/) != nil
        else {
            throw Fault(fault: "is not an address:", expected: expected)
        }
        return text
    }

    static func port(_ text: String) throws(Fault) -> Int {
        guard let port = Int(text), (0...65535).contains(port), !text.hasPrefix("+") else {
            // A Kubernetes Service of a like name sets such a variable, which nobody would guess.
            let hint = text.contains("://") ? " (set enableServiceLinks: false if Kubernetes made this variable)" : ""
            throw Fault(fault: "is not a port:", expected: "a number from 0 to 65535\(hint)")
        }
        return port
    }

    /// An absolute http or https URL without credentials, query or fragment. It is never shown: it may hold a password.
    static func url(_ text: String) throws(Fault) -> URLText {
        let expected = "an https or http URL with a host and without user, query and fragment"
        try checkPlain(text, expected)
        guard
            let match = text.wholeMatch(
                of: /(?i:https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(\/[^?#@\s]*)?/
            )
        else {
            throw Fault(fault: "is not a usable URL", expected: expected, showsValue: false)
        }
        if let port = match.2 {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw Fault(fault: "has no usable port", expected: expected, showsValue: false)
            }
        }
        return URLText(text: String(text.trimmingSuffix { $0 == "/" }), host: match.1.lowercased())
    }

    /// The URL of an Okta org. It is never shown: it may hold a password.
    static func org(_ text: String) throws(Fault) -> OktaOrg {
        try checkPlain(text, "an https URL with a host and nothing more")
        do throws(InvalidOktaURL) {
            return try OktaOrg(url: text)
        } catch {
            throw Fault(fault: "\(error)", expected: "a URL such as https://example.okta.com", showsValue: false)
        }
    }

    static func oktaToken(_ text: String) throws(Fault) -> OktaToken {
        let expected = "visible ASCII characters without spaces"
        guard let token = OktaToken(text) else {
            throw Fault(fault: "is not a token", expected: expected, showsValue: false)
        }
        return token
    }

    /// A private key. Of all values this one alone has several lines.
    static func signingKey(_ text: String) throws(Fault) -> SigningKey {
        let expected = "RSA with 2048 bits or more, or EC P-256, in PEM and not encrypted, or as a JWK"
        guard text.utf8.count <= 16_384, let key = try? SigningKey(text) else {
            throw Fault(fault: "is not a private key that can be used", expected: expected, showsValue: false)
        }
        return key
    }

    /// An id of Okta's.
    static func oktaID(_ text: String) throws(Fault) -> String {
        guard text.wholeMatch(of: /[A-Za-z0-9._-]{1,128}/) != nil else {
            throw Fault(
                fault: "is not an id",
                expected: "letters, digits, dots, dashes and underscores",
                showsValue: false
            )
        }
        return text
    }

    /// A span of time in microseconds, from 1 s to 24 h: `90 s`, `15 min`, `1 h`.
    static func interval(_ text: String) throws(Fault) -> Int64 {
        let expected = "a span of time from 1 s to 24 h, such as 90 s, 15 min or 1 h"
        guard let match = text.wholeMatch(of: /([0-9]{1,5}) ?(s|min|h)/), let number = Int64(match.1) else {
            throw Fault(fault: "is not a span of time:", expected: expected)
        }
        let seconds = number * (match.2 == "s" ? 1 : match.2 == "min" ? 60 : 3_600)
        guard (1...86_400).contains(seconds) else { throw Fault(fault: "is out of range:", expected: expected) }
        return seconds * 1_000_000
    }

    static func dialect(_ text: String) throws(Fault) -> Dialect {
        guard let dialect = Dialect(rawValue: text) else {
            throw Fault(fault: "is not a dialect:", expected: "aws or rfc")
        }
        return dialect
    }

    /// How many a second; `nil` for no limit, which 0 says.
    static func rate(_ text: String) throws(Fault) -> Int? {
        guard let rate = Int(text), (0...100_000).contains(rate), !text.hasPrefix("+") else {
            throw Fault(fault: "is not a rate:", expected: "a whole number a second from 0 (no limit) to 100000")
        }
        return rate == 0 ? nil : rate
    }

    static func pushMode(_ text: String) throws(Fault) -> Settings.PushMode {
        guard let mode = Settings.PushMode(rawValue: text) else {
            throw Fault(fault: "is not a mode:", expected: "on or off")
        }
        return mode
    }

    /// What waits for the System Log; `nil` for nothing, which `off` says.
    static func confirm(_ text: String) throws(Fault) -> FoldSettings.Confirm? {
        if text == "off" { return nil }
        guard let confirm = FoldSettings.Confirm(rawValue: text) else {
            throw Fault(fault: "is not known:", expected: "off or adds")
        }
        return confirm
    }

    /// The beginning of a group's name. Never empty: that would put every group in scope.
    static func prefix(_ text: String) throws(Fault) -> String {
        let expected = "the first characters of group names, at most 255 bytes"
        try checkPlain(text, expected)
        guard text.utf8.count <= 255 else { throw Fault(fault: "is too long", expected: expected, showsValue: false) }
        return text
    }

    /// How many, up to a million.
    static func count(_ text: String) throws(Fault) -> Int {
        guard text.wholeMatch(of: /[0-9]{1,7}/) != nil, let count = Int(text), count <= 1_000_000 else {
            throw Fault(fault: "is not a count:", expected: "a number from 0 to 1000000")
        }
        return count
    }

    /// A share, in millionths.
    static func share(_ text: String) throws(Fault) -> Int {
        guard text.wholeMatch(of: /[01](\.[0-9]{1,6})?/) != nil, let share = Double(text), share <= 1 else {
            throw Fault(fault: "is not a share:", expected: "a number from 0 to 1, such as 0.5, of at most 6 decimals")
        }
        return Int((share * 1_000_000).rounded())
    }

    /// Letters, digits, hyphens and dots, RFC 1123 section 2.1; also matches an IPv4 address.
    private static var hostName: Regex<Substring> { /[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?/ }

    private static func checkPlain(_ text: String, _ expected: String) throws(Fault) {
        if text.isEmpty { throw Fault(fault: "is empty", expected: expected, showsValue: false) }
        if text.utf8.count > maximumBytes { throw Fault(fault: "is too long", expected: expected, showsValue: false) }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw Fault(fault: "holds a control character", expected: expected, showsValue: false)
        }
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> SubSequence {
        var end = endIndex
        while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
        return self[startIndex..<end]
    }
}
