/// The one-time answer that Okta asks of a hook before it delivers, and again after each change of URL or secret.
public enum Verification {
    /// The header of the GET that carries the challenge.
    public static let headerName = "x-okta-verification-challenge"

    /// The JSON body that answers `challenge`: `{"verification":"…"}`.
    ///
    /// - Parameter challenge: The value of ``headerName``; nil where it is absent.
    /// - Returns: Nil if there is no challenge, or one of no bytes or more than 1,024.
    public static func response(to challenge: String?) -> [UInt8]? {
        guard let challenge, 1...1_024 ~= challenge.utf8.count else { return nil }
        var escaped = ""
        for scalar in challenge.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case "\u{00}"..."\u{1F}":
                escaped += "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return Array("{\"verification\":\"\(escaped)\"}".utf8)
    }
}
