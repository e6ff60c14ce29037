extension DirectoryCore {
    /// What a careful AWS client would not have sent. Apart from the answers, so that a fault or a 429 hides nothing.
    func violations(of request: DirectoryRequest, at address: Address) -> [Violation.Kind] {
        var kinds: Set<Violation.Kind> = []
        if request.header("user-agent")?.isEmpty ?? true { kinds.insert(.noUserAgent) }
        if request.target.prefix(while: { $0 != "?" }).contains("//") { kinds.insert(.emptySegment) }
        let known: Set = ["filter", "cursor", "count"]
        let all = settings.removals.isRFC ? known.union(["startIndex"]) : known
        if !all.isSuperset(of: address.query.keys) { kinds.insert(.unsupportedParameter) }
        guard case .group = address.route, request.method == "PATCH", let body = try? JSONReader(request.body)
        else { return kinds.sorted { $0.rawValue < $1.rawValue } }
        let operations = (body.array("Operations") ?? []).compactMap(JSONReader.over)
        if operations.isEmpty { kinds.insert(.emptyValue) }
        for operation in operations { kinds.formUnion(Self.violations(of: operation)) }
        let members = membersNamed(by: request, at: address)
        if members.count > Self.mostMembers { kinds.insert(.tooManyMembers) }
        if Set(members).count < members.count { kinds.insert(.repeatedMember) }
        return kinds.sorted { $0.rawValue < $1.rawValue }
    }

    private static func violations(of operation: JSONReader) -> [Violation.Kind] {
        guard let path = operation.value("path") as? String else { return [.noPath] }
        guard path == "members" else { return [] }
        let verb = (operation.value("op") as? String)?.lowercased()
        var kinds: [Violation.Kind] = verb == "replace" ? [.replacedMembers] : []
        let list = operation.array("value")
        if verb == "remove", list?.isEmpty ?? true { kinds.append(.unfilteredRemove) }
        if let list, list.isEmpty { kinds.append(.emptyValue) }
        if list?.contains(where: { JSONReader.over($0)?.has("display") ?? false }) ?? false {
            kinds.append(.memberDisplay)
        }
        return kinds
    }
}
