import Foundation

/// An event's place in the order of its pair, by the design's words: `published`, then ticks, then add before remove,
/// then the bytes of the uuid.
struct OracleRank: Comparable {
    private let published: Int64
    private let publishedText: String
    private let ticks: Int64
    private let kind: Int
    private let uuid: String
    private let arrival: [Int64]
    private let fault: Fault?

    init(_ copy: OracleLog.Copy, fault: Fault?) {
        self.fault = fault
        let removes = copy.type.hasSuffix(".remove") || copy.type.hasSuffix(".delete")
        published = fault == .publishedToTheMillisecond ? copy.published / 1_000_000 * 1_000_000 : copy.published
        publishedText = copy.publishedText
        kind = (removes ? 1 : 0) * (fault == .addAfterRemove ? -1 : 1)
        uuid = copy.uuid
        arrival = [copy.position, Int64(copy.ordinal)]
        let without: Int64 = removes && fault != .ticksMissingIsZero ? .max : 0
        guard let ticks = Self.ticks(copy.uuid), fault != .ticksIgnored,
            ticks / 10_000 == copy.published / 1_000_000 || fault == .ticksOfAnyMillisecond
        else {
            self.ticks = without
            return
        }
        self.ticks = ticks
    }

    /// Ticks since 1970 of a version-1 UUID.
    private static func ticks(_ uuid: String) -> Int64? {
        let parts = uuid.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [8, 4, 4, 4, 12], parts[2].hasPrefix("1"), "89abAB".contains(parts[3].prefix(1)),
            parts.joined().allSatisfy(\.isHexDigit)
        else { return nil }
        return Int64(parts[2].dropFirst() + parts[1] + parts[0], radix: 16).map { $0 - 122_192_928_000_000_000 }
    }

    static func < (left: OracleRank, right: OracleRank) -> Bool {
        if left.fault == .arrivalDecides { return left.arrival.lexicographicallyPrecedes(right.arrival) }
        if left.fault == .publishedAsText {
            if left.publishedText != right.publishedText { return left.publishedText < right.publishedText }
        } else if left.published != right.published {
            return left.published < right.published
        }
        if left.fault == .publishedOnly { return left.arrival.lexicographicallyPrecedes(right.arrival) }
        if left.ticks != right.ticks { return left.ticks < right.ticks }
        if left.kind != right.kind { return left.kind < right.kind }
        switch left.fault {
        case .uuidIgnoringCase: return left.uuid.lowercased() < right.uuid.lowercased()
        case .uuidAsPeopleSort: return left.uuid.compare(right.uuid, options: .numeric) == .orderedAscending
        default: return Array(left.uuid.utf8).lexicographicallyPrecedes(Array(right.uuid.utf8))
        }
    }

    /// What told this one from the next lesser one, where `published` did not.
    func tie(with lesser: OracleRank) -> String? {
        if published != lesser.published { return nil }
        if ticks != lesser.ticks { return "ticks" }
        return kind != lesser.kind ? "kind" : "uuid"
    }
}
