extension LogEvent {
    /// The ids of the event hooks that Okta says it told of an event, `debugContext.debugData.targetEventHookIds`: a text
    /// with commas, seen in public captures and no contract.
    ///
    /// - Parameter json: One bare event as the System Log API returns it.
    /// - Returns: Ids in the order received, at most 25, the hooks that an org can have; none where there are none.
    public static func targetedHooks(in json: [UInt8]) -> [String] {
        var text: String?
        _ = try? unsafe JSONScanner.read(json.span.bytes) { (scanner) throws(MalformedJSON) in
            try scanner.member("debugContext") { (scanner) throws(MalformedJSON) in
                try scanner.member("debugData") { (scanner) throws(MalformedJSON) in
                    try scanner.member("targetEventHookIds") { (scanner) throws(MalformedJSON) in
                        text = try scanner.text()?.string()
                    }
                }
            }
        }
        guard let text, text.utf8.count <= 4_096 else { return [] }
        return text.split { $0 == "," || $0 == " " }.prefix(25).map(String.init)
    }
}

extension Delivery {
    /// The id of the hook that made the delivery, `who…`: what follows the last slash of ``source``; `nil` where it names none.
    public var hookID: String? {
        guard let source, let parts = source.range(of: "/eventHooks/") else { return nil }
        let id = source[parts.upperBound...]
        return id.isEmpty || id.contains("/") ? nil : String(id)
    }
}

extension String {
    /// Where a text stands first.
    fileprivate func range(of part: String) -> Range<String.Index>? { ranges(of: part).first }
}

extension JSONScanner {
    /// Reads the next value: visits one member if it is an object that has it.
    fileprivate mutating func member(
        _ name: StaticString,
        _ visit: (inout JSONScanner) throws(MalformedJSON) -> Void
    ) throws(MalformedJSON) {
        _ = try object { (scanner, key) throws(MalformedJSON) in
            if key.matches(name) { try visit(&scanner) } else { try scanner.skipValue() }
        }
    }
}
