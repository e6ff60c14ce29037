import Foundation

/// Files of Tests/Fixtures.
enum Fixtures {
    static func object(_ path: String) throws -> [String: Any] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures").appending(path: path)
        let value = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return value as? [String: Any] ?? [:]
    }

    /// Every key path of a JSON value with the type of its value; what two documents of one shape share.
    static func shape(_ value: Any, at path: String = "") -> Set<String> {
        switch value {
        case let object as [String: Any]:
            object.reduce(into: ["\(path){}"]) { $0.formUnion(shape($1.value, at: "\(path).\($1.key)")) }
        case let array as [Any]:
            array.reduce(into: ["\(path)[]"]) { $0.formUnion(shape($1, at: "\(path)[]")) }
        case is String: ["\(path):string"]
        case is NSNull: ["\(path):null"]
        default: ["\(path):number"]
        }
    }
}
