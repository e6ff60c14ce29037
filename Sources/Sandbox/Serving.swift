import HTTPTypes
import Hummingbird
import NIOCore

/// What answers on loopback for as long as a test needs it.
protocol Serving: Sendable {
    /// Serves until graceful shutdown or cancellation.
    func run() async throws
    /// The base URL, once it listens.
    var baseURL: String { get async throws }
}

extension Serving {
    /// Serves while the body runs, and returns when it has ended.
    func serving<Value: Sendable>(_ body: sending @escaping (String) async throws -> Value) async throws -> Value {
        let serving = Task { try await run() }
        let result: Result<Value, any Error>
        do { result = .success(try await body(try await baseURL)) } catch { result = .failure(error) }
        serving.cancel()
        _ = await serving.result
        return try result.get()
    }
}

extension Response {
    /// The answer on the wire.
    init(_ response: DirectoryResponse) {
        var headers = HTTPFields()
        for header in response.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            headers.append(HTTPField(name: name, value: header.value))
        }
        let body = response.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: response.body))
        self.init(status: .init(code: response.status), headers: headers, body: body)
    }
}
