/// How a directory takes the removal of members. All but `aws` are servers of RFC 7644 that people really meet: they
/// show members in groups and page by `startIndex`.
public enum RemoveBehaviour: String, Hashable, Codable, CaseIterable, Sendable {
    /// AWS: path `members` with a list of values; `members[value eq "…"]` is the general 400.
    case aws
    /// A strict RFC server: `members[value eq "…"]`; the form of AWS is 400 `invalidValue`.
    case rfc
    /// A server that answers 501 to the form of AWS.
    case rfcElse501
    /// A lenient RFC server: of the form of AWS it drops the values, **removes every member**, and answers 204.
    case wipes
    /// Answers 204 to a removal of either form and removes nobody.
    case ignores

    /// Whether groups show their members, and lists are paged by `startIndex`.
    var isRFC: Bool { self != .aws }
}

extension DirectoryCore {
    /// The members of `group` that an operation on them removes.
    func removed(by operation: PatchOperation, from group: GroupRecord) throws(Refusal) -> [String] {
        if operation.path == "members" {
            // An unfiltered remove takes all values (RFC 7644 section 3.5.2.2); AWS refuses it.
            let isUnfiltered = operation.value == nil
            switch settings.removals {
            case .aws where isUnfiltered: throw .replacedMembers
            case .aws: return try memberIDs(operation.value)
            case .ignores: return []
            case .rfc where !isUnfiltered:
                throw Refusal(status: 400, detail: "remove takes no value", scimType: "invalidValue")
            case .rfcElse501 where !isUnfiltered: throw Refusal(status: 501, detail: "not implemented")
            case .rfc, .rfcElse501, .wipes: return group.members.sorted()
            }
        }
        guard let id = Self.filteredMember(operation.path), settings.removals.isRFC else { throw .unparsable }
        return settings.removals == .ignores ? [] : [id]
    }

    /// The id in `members[value eq "id"]`.
    static func filteredMember(_ path: String) -> String? {
        guard path.hasPrefix("members["), path.hasSuffix("]") else { return nil }
        return try? Filter(String(path.dropFirst(8).dropLast())).values["value"]
    }

    /// The ids of users whose membership a PATCH of a group would change, with repeats; none for other requests.
    func membersNamed(by request: DirectoryRequest, at address: Address) -> [String] {
        guard case .group = address.route, request.method == "PATCH", let body = try? JSONReader(request.body)
        else { return [] }
        return (body.array("Operations") ?? []).compactMap(JSONReader.over).flatMap { operation -> [String] in
            guard let path = operation.value("path") as? String else { return [] }
            if let id = Self.filteredMember(path) { return [id] }
            guard path == "members" else { return [] }
            return (operation.array("value") ?? []).compactMap { JSONReader.over($0)?.value("value") as? String }
        }
    }
}
