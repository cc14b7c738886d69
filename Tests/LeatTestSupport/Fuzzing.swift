import Foundation
public import LeatCore

/// Inputs that nobody would write, each a function of its number: a crash is found again by running up to it.
public enum Fuzzing {
    /// How many inputs a test tries: `LEAT_FUZZ`, or so many that it takes a second or two.
    public static func count(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["LEAT_FUZZ"].flatMap { Int($0) } ?? usual
    }

    /// A random generator for an input.
    public static func generator(_ number: Int) -> PhiloxGenerator {
        PhiloxGenerator(seed: 0x6675_7A7A, stream: UInt64(number))
    }

    /// A valid input with a few things wrong.
    public static func mutate(_ bytes: [UInt8], _ random: inout PhiloxGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return [UInt8.random(in: 0...255, using: &random)] }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes[place] = [0, 1, 127, 128, 255].randomElement(using: &random) ?? 0
            case 3: bytes.removeSubrange(place...)
            case 4: bytes.remove(at: place)
            case 5: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 6:
                // A number of four or eight bytes at the edge of what it holds.
                let edge: [UInt8] = [0, 127, 128, 255]
                let value = edge.randomElement(using: &random) ?? 255
                for byte in place..<min(place + (Bool.random(using: &random) ? 4 : 8), bytes.count) {
                    bytes[byte] = value
                }
            case 7:
                let length = min(Int.random(in: 1...32, using: &random), bytes.count - place)
                bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            default:
                // Another digit or sign where there is one, so that text stays text.
                let digits = bytes.indices.filter { 43...57 ~= bytes[$0] }
                if let digit = digits.randomElement(using: &random) {
                    bytes[digit] = UInt8.random(in: 43...57, using: &random)
                }
            }
        }
        return bytes
    }
}
