/// One operation of a PATCH request, its path resolved.
struct PatchOperation {
    enum Verb: String {
        case add
        case remove
        case replace
    }

    let verb: Verb
    /// The attribute path; for a pathless operation the one attribute of its value.
    let path: String
    let value: Any?

    /// A string value with at least one character.
    func text() throws(Refusal) -> String {
        guard let text = try JSONReader.string(value), !text.isEmpty else { throw .unparsable }
        return text
    }

    /// The operations of a request body, at least one. Verbs are read without case (RFC 7644 section 3.5.2).
    static func list(_ body: JSONReader) throws(Refusal) -> [PatchOperation] {
        guard let schemas = body.array("schemas") as? [String],
            schemas.contains("urn:ietf:params:scim:api:messages:2.0:PatchOp"),
            let operations = body.array("Operations"), !operations.isEmpty
        else { throw .unparsable }
        var list: [PatchOperation] = []
        for operation in operations {
            guard let operation = JSONReader.over(operation) else { throw .unparsable }
            list.append(try PatchOperation(operation))
        }
        return list
    }

    private init(_ operation: JSONReader) throws(Refusal) {
        guard let verb = Verb(rawValue: try operation.requiredString("op").lowercased()) else { throw .unparsable }
        self.verb = verb
        if let path = try operation.string("path") {
            self.path = path
            value = operation.value("value")
        } else {
            // fixtures aws-errors/400_patch_without_path
            guard verb != .remove, let single = operation.object("value"), single.keys.count == 1
            else { throw .pathMissing }
            path = single.keys[0]
            value = single.value(path)
        }
    }
}
