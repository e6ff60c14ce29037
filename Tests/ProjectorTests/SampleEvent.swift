import Foundation

/// One System Log event as text, with what the generator knows of it.
struct SampleEvent {
    /// An element of `target`.
    struct Target {
        var id: String
        var type: String
        var login: String?
        /// As it stands in JSON, escapes and all.
        var name: String?

        var json: String {
            let login = login.map { "\"\($0)\"" } ?? "null"
            let name = name.map { "\"\($0)\"" } ?? "null"
            return
                #"{"id":"\#(id)","type":"\#(type)","alternateId":\#(login),"displayName":\#(name),"detailEntry":null}"#
        }
    }

    var uuid: String
    var type: String
    /// Nanoseconds since 1970; what `published` says.
    var instant: Int64
    var published: String
    /// The value of `outcome`, as JSON.
    var outcome = #"{"result":"SUCCESS","reason":null}"#
    var group: Target?
    var user: Target?
    /// Replaces the target list, as JSON.
    var oddTargets: String?
    /// Whether the group comes before the user: the order of targets means nothing.
    var groupFirst = false

    var targets: String {
        if let oddTargets { return oddTargets }
        let both = groupFirst ? [group, user] : [user, group]
        return "[" + both.compactMap { $0?.json }.joined(separator: ",") + "]"
    }

    var json: String {
        """
        {"uuid":"\(uuid)","published":"\(published)","eventType":"\(type)","version":"0","severity":"INFO",\
        "actor":{"id":"00uactor","type":"User","alternateId":"admin@example.com","displayName":"Admin"},\
        "outcome":\(outcome),"target":\(targets)}
        """
    }

    static let add = "group.user_membership.add"
    static let remove = "group.user_membership.remove"
    static let deletion = "group.lifecycle.delete"
    static let rename = "group.profile.update"

    /// An RFC 3339 text of an instant: of its many spellings one at random.
    static func text(_ instant: Int64, _ dice: inout Dice) -> String {
        let billion: Int64 = 1_000_000_000
        let (offset, minutes) =
            dice.roll(75) ? ("Z", 0) : dice.pick([("z", 0), ("+00:00", 0), ("-05:30", -330), ("+02:00", 120)])
        let (second, fraction) = (instant / billion, instant % billion)
        var time = time_t(second + Int64(minutes * 60))
        var parts = tm()
        gmtime_r(&time, &parts)
        let nine = String(String(fraction + billion).dropFirst())
        let needed = nine.reversed().drop { $0 == "0" }.count
        let digits = dice.pick([3, 3, 3, 6, 9, 0, needed].filter { $0 >= needed })
        return padded(Int(parts.tm_year) + 1_900, 4) + "-" + padded(Int(parts.tm_mon) + 1, 2) + "-"
            + padded(Int(parts.tm_mday), 2) + (dice.roll(5) ? "t" : "T") + padded(Int(parts.tm_hour), 2) + ":"
            + padded(Int(parts.tm_min), 2) + ":" + padded(Int(parts.tm_sec), 2)
            + (digits == 0 ? "" : "." + nine.prefix(digits)) + offset
    }

    /// A version-1 UUID made at `ticks` of 100 ns since 1970; `node` makes it unique.
    static func timeUUID(ticks: Int64, node: Int) -> String {
        let time = ticks + 122_192_928_000_000_000
        return hex(time & 0xFFFF_FFFF, 8) + "-" + hex(time >> 32 & 0xFFFF, 4) + "-"
            + hex(time >> 48 & 0xFFF | 0x1000, 4)
            + "-8001-" + hex(Int64(node), 12)
    }

    static func hex(_ number: Int64, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
