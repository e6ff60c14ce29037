import Foundation

@testable import Okta

/// What two JSON readers must agree on: structure, keys and texts by their bytes, that something else is something else.
indirect enum JSONTree: Hashable {
    case object([[UInt8]: JSONTree])
    case array([JSONTree])
    case text([UInt8])
    case other

    /// As the scanner reads it.
    init(scanning bytes: [UInt8]) throws(MalformedJSON) {
        self = try JSONScanner.read(bytes.span.bytes) { (scanner) throws(MalformedJSON) in try Self.value(&scanner) }
    }

    /// As Foundation reads it.
    init(foundation bytes: [UInt8]) throws {
        self.init(try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
    }

    private init(_ value: Any) {
        switch value {
        case let text as String: self = .text(Array(text.utf8))
        case let array as [Any]: self = .array(array.map(Self.init))
        case let object as [String: Any]:
            self = .object(Dictionary(object.map { (Array($0.utf8), Self($1)) }, uniquingKeysWith: { $1 }))
        default: self = .other
        }
    }

    private static func value(_ scanner: inout JSONScanner) throws(MalformedJSON) -> JSONTree {
        // The scanner is a value: a copy that met another type is thrown away.
        var attempt = scanner
        if let text = try attempt.text() {
            scanner = attempt
            return .text(Array(text.string().utf8))
        }
        attempt = scanner
        var members: [[UInt8]: JSONTree] = [:]
        let isObject = try attempt.object { (scanner, key) throws(MalformedJSON) in
            members[Array(key.string().utf8)] = try value(&scanner)
        }
        if isObject {
            scanner = attempt
            return .object(members)
        }
        var elements: [JSONTree] = []
        let isArray = try scanner.array { (scanner) throws(MalformedJSON) in elements.append(try value(&scanner)) }
        return isArray ? .array(elements) : .other
    }
}

/// Whether the scanner takes the bytes for JSON.
func isJSON(_ bytes: [UInt8]) -> Bool {
    do throws(MalformedJSON) {
        try JSONScanner.read(bytes.span.bytes) { (scanner) throws(MalformedJSON) in try scanner.skipValue() }
        return true
    } catch {
        return false
    }
}
