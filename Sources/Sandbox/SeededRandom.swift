/// A seeded random number generator (SplitMix64): the same seed gives the same numbers on every machine.
///
/// Source of the algorithm: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence that belongs to a seed; every value is allowed.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0..<bound, or 0 if the bound is not positive. The bias of multiply-and-shift is below 2^-40 for
    /// every bound used here.
    public mutating func below(_ bound: Int) -> Int {
        guard bound > 0 else { return 0 }
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True with the given probability, 0...1.
    public mutating func chance(_ share: Double) -> Bool {
        share > 0 && Double(next() >> 11) * 0x1p-53 < share
    }

    /// A random UUID of version 4 in lower case.
    public mutating func uuid() -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        let high = (next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        bytes.append(uuidHigh: high, low: low)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Text of the given length from the 62 ASCII letters and digits.
    mutating func alphanumeric(_ length: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        return String(decoding: (0..<length).map { _ in alphabet[below(alphabet.count)] }, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a UUID in its usual text form, lower case.
    mutating func append(uuidHigh high: UInt64, low: UInt64) {
        append(hex: high >> 32, digits: 8)
        append(UInt8(ascii: "-"))
        append(hex: high >> 16, digits: 4)
        append(UInt8(ascii: "-"))
        append(hex: high, digits: 4)
        append(UInt8(ascii: "-"))
        append(hex: low >> 48, digits: 4)
        append(UInt8(ascii: "-"))
        append(hex: low, digits: 12)
    }

    /// Appends the lowest `digits` hexadecimal digits of a value.
    mutating func append(hex value: UInt64, digits: Int) {
        var shift = (digits - 1) * 4
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: (value >> UInt64(shift)) & 15)
            append(digit < 10 ? 48 + digit : 87 + digit)
            shift -= 4
        }
    }

    /// Appends a non-negative number in decimal with at least `digits` digits.
    mutating func append(decimal value: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<Swift.max(digits, 1) { divisor *= 10 }
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(48 + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
