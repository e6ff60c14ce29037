import Crypto
import Okta
public import Projector

/// What a push would do, as a person reads it before it is done.
public struct PushPlan: Codable, Hashable, Sendable {
    /// One change.
    public struct Change: Codable, Hashable, Sendable {
        /// Okta group id.
        public let group: String
        /// The group's latest name.
        public let groupName: String?
        /// Okta user id.
        public let user: String
        /// The user's latest login.
        public let login: String?
        /// `present` or `absent`: what is to become true.
        public let desired: String
        /// `present`, `absent`, `unknown`, or nothing: what is known of the directory.
        public let applied: String?
        /// The uuid of the event that decides; nothing where the one that did was corrected by the System Log.
        public let decidedBy: String?
        /// When Okta says that it happened (UTC).
        public let decidedAt: String?

        private enum CodingKeys: String, CodingKey {
            case group, user, login, desired, applied
            case groupName = "group_name"
            case decidedBy = "decided_by"
            case decidedAt = "decided_at"
        }
    }

    /// Which pairs a plan is about.
    public struct Selection: Codable, Hashable, Sendable {
        /// Only pairs whose deciding entry is at or after this position; all where `nil`.
        public let from: Int64?
        /// Whether nothing is to be taken as known of the pairs chosen.
        public let reassert: Bool

        /// A selection.
        public init(from: Int64?, reassert: Bool) {
            self.from = from
            self.reassert = reassert
        }
    }

    /// Which pairs it is about.
    public let selection: Selection
    /// The changes, ordered by group and user.
    public let changes: [Change]
    /// Names exactly these changes: another plan has another id. 16 hexadecimal digits.
    public let id: String

    /// The plan that the state asks for now.
    public init(_ selection: Selection, _ reader: any DifferenceReader) throws {
        let groups = try reader.groupsInScope().sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let from = selection.from ?? 0
        changes = try groups.flatMap { group in
            let difference = try reader.difference(ofGroup: group, doubtingFrom: selection.reassert ? from : .max)
            return (difference?.changes ?? []).filter { ($0.decision?.position ?? .max) >= from }.map { change in
                Change(
                    group: group,
                    groupName: difference?.name,
                    user: change.user,
                    login: change.login,
                    desired: change.present ? "present" : "absent",
                    applied: selection.reassert ? Applied.unknown.rawValue : change.applied?.rawValue,
                    decidedBy: change.decision?.order.uuid,
                    decidedAt: change.decision?.order.published.text
                )
            }
        }
        self.selection = selection
        id = Self.identity(of: changes)
    }

    /// The pairs that it changes.
    public var pairs: Set<PairID> { Set(changes.map { PairID(group: $0.group, user: $0.user) }) }

    private static func identity(of changes: [Change]) -> String {
        var hash = SHA256()
        for change in changes {
            for text in [change.group, change.user, change.desired, change.applied ?? "", change.decidedBy ?? ""] {
                hash.update(data: Array("\(text.utf8.count):\(text)".utf8))
            }
        }
        return hash.finalize().prefix(8).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
