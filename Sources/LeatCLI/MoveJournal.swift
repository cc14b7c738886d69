#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Moves files, and moves them back if a later step fails.
struct MoveJournal {
    private var moves: [(from: String, to: String)] = []

    /// Moves a file or folder to a name that is free.
    mutating func move(_ source: String, to target: String) throws {
        try FileManager.default.moveItem(atPath: source, toPath: target)
        moves.append((source, target))
    }

    /// Moves everything back, the latest first.
    mutating func rollBack() {
        while let move = moves.popLast() { try? FileManager.default.moveItem(atPath: move.to, toPath: move.from) }
    }
}
