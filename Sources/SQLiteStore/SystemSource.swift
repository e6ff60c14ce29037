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
        return (0..<Record.saltByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
