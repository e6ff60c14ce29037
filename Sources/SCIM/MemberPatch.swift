/// What one directory user is to be in a group.
public struct MemberChange: Hashable, Sendable {
    /// Whether the user is to be a member.
    public enum State: String, Hashable, Sendable {
        /// A member.
        case present
        /// Not a member.
        case absent
    }

    /// The directory's id of the user; opaque, 1 to 512 bytes.
    public let memberID: String
    /// What the user is to be.
    public let state: State

    /// A change of one member.
    ///
    /// - Parameters:
    ///   - memberID: The directory's id of the user.
    ///   - state: What the user is to be.
    public init(memberID: String, state: State) {
        self.memberID = memberID
        self.state = state
    }
}

/// Changes of the members of one group that fit into one request.
///
/// It holds 1 to 100 changes of distinct members. So neither an empty list nor a remove without members can be said with
/// it: a directory may take either as "remove everybody" (RFC 7644 section 3.5.2.2).
public struct MemberPatch: Hashable, Sendable {
    /// The most changes in one request, additions and removals together (AWS, PatchGroup: 100 membership changes).
    public static let maximumChanges = 100

    /// The directory's id of the group.
    public let groupID: String
    /// The changes, in the order they were given.
    public let changes: [MemberChange]

    /// A patch of one group.
    ///
    /// - Parameters:
    ///   - groupID: The directory's id of the group.
    ///   - changes: 1 to 100 changes; each member once.
    /// - Throws: `InvalidPatch`, if such a request must not be sent.
    public init(groupID: String, changes: [MemberChange]) throws(InvalidPatch) {
        guard isResourceID(groupID) else { throw .groupID }
        guard !changes.isEmpty else { throw .empty }
        guard changes.count <= Self.maximumChanges else { throw .tooManyChanges(changes.count) }
        guard changes.allSatisfy({ isResourceID($0.memberID) }) else { throw .memberID }
        // Ids are compared as bytes: equal characters in two spellings are two ids.
        guard Set(changes.map { Array($0.memberID.utf8) }).count == changes.count else { throw .repeatedMember }
        self.groupID = groupID
        self.changes = changes
    }

    /// The request that makes these changes: all of them or none (RFC 7644 section 3.5.2), removals first.
    ///
    /// Equal patches give equal bytes. `members.display` is never sent: AWS does not support it, and elsewhere it can
    /// make a second entry of the same user.
    ///
    /// - Parameter dialect: The dialect of the target it is for.
    /// - Returns: The request, to be written down and then sent.
    public func request(in dialect: Dialect) -> SCIMRequest {
        let removed = changes.filter { $0.state == .absent }.map(\.memberID)
        let added = changes.filter { $0.state == .present }.map(\.memberID)
        var operations: [String] = []
        switch dialect {
        case .aws:
            if !removed.isEmpty {
                operations.append(#"{"op":"remove","path":"members","value":\#(valueList(removed))}"#)
            }
        case .rfc:
            operations += removed.map { id in
                #"{"op":"remove","path":\#(jsonString("members[\(equalityFilter("value", id))]"))}"#
            }
        }
        if !added.isEmpty {
            operations.append(#"{"op":"add","path":"members","value":\#(valueList(added))}"#)
        }
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        let body = #"{"schemas":["\#(schema)"],"Operations":[\#(operations.joined(separator: ","))]}"#
        return SCIMRequest(
            method: "PATCH",
            path: "/Groups/\(percentEncoded(groupID))",
            body: Array(body.utf8),
            isIdempotent: true
        )
    }

    private func valueList(_ ids: [String]) -> String {
        "[" + ids.map { #"{"value":\#(jsonString($0))}"# }.joined(separator: ",") + "]"
    }
}

/// Why changes cannot be one request.
public enum InvalidPatch: Error, Hashable, Sendable {
    /// There is no change.
    case empty
    /// There are more than `MemberPatch.maximumChanges`; this many.
    case tooManyChanges(Int)
    /// A member is named twice.
    case repeatedMember
    /// The group's id is empty, `.`, `..` or longer than 512 bytes.
    case groupID
    /// A member's id is empty, `.`, `..` or longer than 512 bytes.
    case memberID
}

/// Whether a text can be the id of a resource that we name in a URL. Ids are opaque (RFC 7643 section 3.1), but an empty
/// one or a dot segment would name another resource.
func isResourceID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 512 && text != "." && text != ".."
}
