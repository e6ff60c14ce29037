import Foundation

/// A request body that must be a JSON object, read with JSONSerialization.
struct JSONReader {
    private let object: [String: Any]

    /// Parses bytes; anything but an object is AWS's general 400.
    init(_ bytes: [UInt8]) throws(Refusal) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else { throw .unparsable }
        self.object = object
    }

    private init(_ object: [String: Any]) {
        self.object = object
    }

    /// A reader over a parsed value, if it is an object.
    static func over(_ value: Any?) -> JSONReader? {
        (value as? [String: Any]).map(JSONReader.init)
    }

    var keys: [String] { object.keys.sorted() }

    func value(_ key: String) -> Any? { object[key] }

    func has(_ key: String) -> Bool { object[key] != nil }

    /// A string, nil if absent; any other type is refused.
    func string(_ key: String) throws(Refusal) -> String? {
        try Self.string(object[key])
    }

    /// A string with at least one character.
    func requiredString(_ key: String) throws(Refusal) -> String {
        guard let text = try string(key), !text.isEmpty else { throw .unparsable }
        return text
    }

    func object(_ key: String) -> JSONReader? { Self.over(object[key]) }

    func array(_ key: String) -> [Any]? { object[key] as? [Any] }

    static func string(_ value: Any?) throws(Refusal) -> String? {
        guard let value else { return nil }
        guard let text = value as? String else { throw .unparsable }
        return text
    }

    /// A boolean, also as text: AWS's own example sends `"value": "false"` (developer guide, patchuser).
    static func boolean(_ value: Any?) throws(Refusal) -> Bool {
        if let text = value as? String, let flag = Bool(text.lowercased()) { return flag }
        guard let flag = value as? Bool else { throw .unparsable }
        return flag
    }
}
