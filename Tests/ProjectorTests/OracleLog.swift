import Foundation
import Ledger

/// A log as the oracle reads it: with Foundation's JSON and with dates of its own.
struct OracleLog {
    struct Target: Equatable {
        var id: String
        var type: String
        var login: String?
        var name: String?
    }

    /// One event as one entry tells it.
    struct Copy: Equatable {
        var position: Int64
        var ordinal: Int
        var isFromSystemLog: Bool
        var organization: String?
        /// Microseconds since 1970.
        var recordedAt: Int64
        var uuid: String
        var type: String
        var publishedText: String
        /// Nanoseconds since 1970.
        var published: Int64
        var outcome: String?
        var targets: [Target]
        var hasOddTarget: Bool
    }

    /// What one reading of a group from Okta told.
    struct Baseline: Equatable {
        var run: String
        var group: String
        var name: String?
        /// Nanoseconds since 1970.
        var instant: Int64
        /// Logins by user.
        var members: [String: String]
    }

    private(set) var baselines: [Baseline] = []
    private(set) var copies: [Copy] = []
    private(set) var unreadable = 0
    private(set) var approvals: Set<String> = []
    private(set) var organization: String?
    private(set) var prefix = "AWS_"

    init(_ entries: [Entry]) {
        for entry in entries {
            let json = try? JSONSerialization.jsonObject(with: Data(entry.body), options: [.fragmentsAllowed])
            let body = json as? [String: Any]
            switch entry.kind.rawValue {
            case "okta.delivery": readDelivery(body, entry)
            case "okta.logevent": readEvent(body, entry, ordinal: 0, organization: nil)
            case "operator.action":
                if body?["action"] as? String == "approve" { approvals.formUnion(body?["events"] as? [String] ?? []) }
            case "okta.baseline": readBaseline(body ?? [:])
            case "ledger.configured":
                organization = body?["organization"] as? String
                prefix = body?["prefix"] as? String ?? ""
            default: break
            }
        }
    }

    private mutating func readBaseline(_ body: [String: Any]) {
        let members = (body["members"] as? [[String: String]] ?? []).map { ($0["user"] ?? "", $0["login"] ?? "") }
        let baseline = Baseline(
            run: body["run"] as? String ?? "",
            group: body["group"] as? String ?? "",
            name: body["name"] as? String,
            instant: (body["instant"] as? Int64 ?? 0) * 1_000,
            members: Dictionary(uniqueKeysWithValues: members)
        )
        if !baselines.contains(baseline) { baselines.append(baseline) }
        baselines.sort { ($0.instant, $0.run) < ($1.instant, $1.run) }
    }

    private mutating func readDelivery(_ body: [String: Any]?, _ entry: Entry) {
        guard let events = (body?["data"] as? [String: Any])?["events"] as? [Any] else {
            unreadable += 1
            return
        }
        let host = (body?["source"] as? String)?.components(separatedBy: "/").dropFirst(2).first?.lowercased()
        for (ordinal, event) in events.enumerated() {
            readEvent(event as? [String: Any], entry, ordinal: ordinal, organization: host)
        }
    }

    private mutating func readEvent(_ event: [String: Any]?, _ entry: Entry, ordinal: Int, organization: String?) {
        guard let event, let uuid = event["uuid"] as? String, !uuid.isEmpty, uuid.allSatisfy(\.isASCII),
            let publishedText = event["published"] as? String, let published = Self.nanoseconds(publishedText),
            let type = event["eventType"] as? String, !type.isEmpty
        else {
            unreadable += 1
            return
        }
        let list = event["target"] ?? NSNull()
        let elements = list as? [Any] ?? []
        let targets = elements.compactMap { Self.target($0) }
        copies.append(
            Copy(
                position: entry.position,
                ordinal: ordinal,
                isFromSystemLog: entry.kind.rawValue == "okta.logevent",
                organization: organization,
                recordedAt: entry.recordedAt,
                uuid: uuid,
                type: type,
                publishedText: publishedText,
                published: published,
                outcome: (event["outcome"] as? [String: Any])?["result"] as? String,
                targets: targets,
                hasOddTarget: targets.count != elements.count || !(list is [Any] || list is NSNull)
                    || targets.contains { ["User", "UserGroup"].contains($0.type) && !$0.id.allSatisfy(\.isASCII) }
            )
        )
    }

    private static func target(_ json: Any) -> Target? {
        guard let json = json as? [String: Any], let id = json["id"] as? String, let type = json["type"] as? String,
            !id.isEmpty, !type.isEmpty
        else { return nil }
        return Target(id: id, type: type, login: json["alternateId"] as? String, name: json["displayName"] as? String)
    }

    /// An RFC 3339 date-time by counting days; `nil` for what is none.
    static func nanoseconds(_ text: String) -> Int64? {
        let text = text.uppercased()
        guard let tee = text.firstIndex(of: "T") else { return nil }
        let date = text[..<tee].split(separator: "-").compactMap { Int64($0) }
        var rest = text[text.index(after: tee)...]
        var minutesEast: Int64 = 0
        if rest.hasSuffix("Z") {
            rest.removeLast()
        } else {
            let zone = rest.suffix(6)
            let parts = zone.dropFirst().split(separator: ":").compactMap { Int64($0) }
            guard zone.count == 6, parts.count == 2 else { return nil }
            minutesEast = (parts[0] * 60 + parts[1]) * (zone.first == "-" ? -1 : 1)
            rest.removeLast(6)
        }
        let halves = rest.split(separator: ".")
        let time = halves.first?.split(separator: ":").compactMap { Int64($0) } ?? []
        let fraction = halves.count == 2 ? String(halves[1]) : ""
        guard date.count == 3, time.count == 3, fraction.count <= 9, let days = days(date[0], date[1], date[2]) else {
            return nil
        }
        let seconds = days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2] - minutesEast * 60
        guard let nanoseconds = Int64(fraction + String(repeating: "0", count: 9 - fraction.count)) else { return nil }
        return seconds * 1_000_000_000 + nanoseconds
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        let lengths: [Int64] = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day), year >= 1970 else { return nil }
        var days = day - 1
        for past in 1970..<year { days += isLeap(past) ? 366 : 365 }
        for length in lengths.prefix(Int(month) - 1) { days += length }
        return days
    }
}
