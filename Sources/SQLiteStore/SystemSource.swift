import Foundation
import Ledger

/// Time and randomness of the real world.
public enum SystemSource {
    /// The system's clock: microseconds since 1970 UTC.
    /// - Returns: the time.
    @Sendable public static func microseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// 16 bytes of the system's cryptographically secure generator.
    /// - Returns: a fresh salt.
    @Sendable public static func salt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        // Each call of the generator is a call of the system, so eight bytes at a time.
        let words: [UInt64] = (0..<Record.saltByteCount / 8).map { _ in generator.next() }
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }
}
