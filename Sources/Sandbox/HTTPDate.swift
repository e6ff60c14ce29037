extension CivilTime {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7) of whole seconds since 1970, not negative.
    static func httpDate(_ seconds: Int64) -> String {
        let time = CivilTime(nanoseconds: seconds * 1_000_000_000)
        var bytes = Array("\(days[Int(seconds / 86_400 % 7)]), ".utf8)
        bytes.append(decimal: time.day, digits: 2)
        bytes += " \(months[Int(time.month) - 1]) \(time.year) ".utf8
        for (index, part) in [time.hour, time.minute, time.second].enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ":")) }
            bytes.append(decimal: part, digits: 2)
        }
        return String(decoding: bytes, as: UTF8.self) + " GMT"
    }
}
