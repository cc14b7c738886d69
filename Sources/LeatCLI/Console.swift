import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where messages go: results to standard output, the rest to standard error.
enum Console {
    /// Whether somebody watches standard error.
    static var isWatched: Bool { Leat.Console.standardError.isTerminal }

    /// A line on standard error.
    static func complain(_ text: String) { writeError(text + "\n") }

    /// Text on standard error, without a line end.
    static func writeError(_ text: String) { Leat.Console.standardError.write(text) }

    /// A line on standard output, written at once: before another process writes to the same place.
    static func printNow(_ text: String) { Leat.Console.standardOutput.write(text + "\n") }

    /// A value as JSON on standard output.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// A noun with its count: `1 shard`, `60,000 samples`.
func counted(_ count: Int, _ noun: String) -> String { "\(count.grouped) \(noun)\(count == 1 ? "" : "s")" }
