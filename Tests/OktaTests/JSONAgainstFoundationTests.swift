import Foundation
import Testing

@testable import Okta

@Suite struct `JSON against Foundation` {
    @Test func `random values in random spacing mean the same to Foundation`() throws {
        let seed = SeededGenerator.seedOfThisRun("random JSON")
        var writer = RandomJSON(random: SeededGenerator(seed: seed))
        for round in 0..<3_000 {
            let bytes = writer.text()
            let ours = try #require(try? JSONTree(scanning: bytes), "seed \(seed), round \(round)")
            let theirs = try JSONTree(foundation: bytes)
            #expect(ours == theirs, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func `every damage to a real body is judged as Foundation judges it`() throws {
        let seed = SeededGenerator.seedOfThisRun("damaged JSON")
        var random = SeededGenerator(seed: seed)
        let fixtures = try Fixture.all()
        var accepted = 0
        var refused = 0
        for round in 0..<20_000 {
            let bytes = damaged(fixtures[round % fixtures.count].bytes, by: &random)
            let ours = isJSON(bytes)
            checkReaders(on: bytes, isJSON: ours, "seed \(seed), round \(round)")
            guard isComparable(bytes) else { continue }
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            #expect(ours == theirs, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
            if ours { accepted += 1 } else { refused += 1 }
        }
        // Damage that always or never shows would test nothing.
        #expect(accepted > 1_000 && refused > 5_000, "seed \(seed): \(accepted) accepted, \(refused) refused")
    }

    /// Delivery, event and event id never disagree on what is JSON.
    private func checkReaders(on bytes: [UInt8], isJSON: Bool, _ context: Comment) {
        let eventID = Delivery.eventID(in: bytes)
        do throws(UnreadableDelivery) {
            #expect(try Delivery(parsing: bytes).eventID == eventID, context)
            #expect(isJSON, context)
        } catch {
            #expect((error == .notJSON) == !isJSON, context)
            #expect(isJSON || eventID == nil, context)
        }
        do throws(UnreadableEvent) {
            _ = try LogEvent(parsing: bytes)
            #expect(isJSON, context)
        } catch {
            #expect((error == .notJSON) == !isJSON, context)
        }
    }

    /// Where Foundation departs from the grammar of RFC 8259, the scanner follows the RFC: Foundation guesses UTF-16 and
    /// UTF-32 from the first bytes and takes a byte order mark, accepts a comma before a closing bracket, and refuses half
    /// a surrogate pair and numbers beyond a Double. `JSON grammar` tests these cases by themselves.
    private func isComparable(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return bytes.prefix(4).allSatisfy { 1..<0x80 ~= $0 } && !text.contains(#/,[ \t\r\n]*[}\]]/#)
            && !text.contains(#/\\u[dD]/#) && !text.contains(#/[0-9][eE][+-]?[0-9]{3}/#)
    }

    /// One to three small changes: bytes set, inserted, removed or repeated, or the end cut off.
    private func damaged(_ original: [UInt8], by random: inout SeededGenerator) -> [UInt8] {
        let telling =
            Array(#"{}[]:,"\/-+.eE0123456789truefalsn u"#.utf8) + [
                0x00, 0x09, 0x0A, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xFF,
            ]
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            let byte =
                Bool.random(using: &random)
                ? telling.randomElement(using: &random) ?? 0 : .random(in: 0...255, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: bytes[index] = byte
            case 8..<13: bytes.insert(byte, at: index)
            case 13..<17: bytes.remove(at: index)
            case 17..<19:
                let length = min(bytes.count - index, Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[index..<index + length], at: index)
            default: bytes.removeLast(bytes.count - index)
            }
        }
        return bytes
    }
}

/// Writes random JSON texts with random white space and random choice of escapes.
private struct RandomJSON {
    var random: SeededGenerator

    mutating func text() -> [UInt8] {
        var out: [Unicode.Scalar] = []
        value(into: &out, depth: 0)
        return Array(String(String.UnicodeScalarView(out)).utf8)
    }

    private mutating func value(into out: inout [Unicode.Scalar], depth: Int) {
        space(&out)
        switch Int.random(in: 0..<(depth < 6 ? 9 : 5), using: &random) {
        case 0: out += ["null", "true", "false"].randomElement(using: &random).map { Array($0.unicodeScalars) } ?? []
        case 1: out += "\(Int64.random(in: .min ... .max, using: &random))".unicodeScalars
        case 2: out += "\(Double.random(in: -1e6...1e6, using: &random))".unicodeScalars
        case 3, 4: string(into: &out)
        case 5, 6:
            out.append("[")
            for index in 0..<Int.random(in: 0...5, using: &random) {
                if index > 0 { out.append(",") }
                value(into: &out, depth: depth + 1)
            }
            space(&out)
            out.append("]")
        default:
            out.append("{")
            for index in 0..<Int.random(in: 0...5, using: &random) {
                if index > 0 { out.append(",") }
                space(&out)
                string(into: &out)
                // No two keys of one object are equal: Foundation holds those of equal normal form for equal.
                out.removeLast()
                out += "\(index)\"".unicodeScalars
                space(&out)
                out.append(":")
                value(into: &out, depth: depth + 1)
            }
            space(&out)
            out.append("}")
        }
        space(&out)
    }

    private mutating func space(_ out: inout [Unicode.Scalar]) {
        for _ in 0..<max(0, Int.random(in: -3...2, using: &random)) {
            out.append([" ", "\n", "\r", "\t"].randomElement(using: &random) ?? " ")
        }
    }

    private mutating func string(into out: inout [Unicode.Scalar]) {
        out.append("\"")
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let top: UInt32 = [0x7F, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF].randomElement(using: &random) ?? 0x7F
            var scalar = Unicode.Scalar(UInt32.random(in: 0...top, using: &random)) ?? "x"
            // Foundation drops a byte order mark also from within a string.
            if scalar == "\u{FEFF}" { scalar = "x" }
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || Int.random(in: 0..<5, using: &random) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    out += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
                }
            } else {
                out.append(scalar)
            }
        }
        out.append("\"")
    }
}
