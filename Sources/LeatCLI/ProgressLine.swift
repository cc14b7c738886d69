import Leat

/// A line on standard error that shows how far a job is, where somebody watches; nothing elsewhere.
struct ProgressLine {
    private let label: String
    private let total: Int?
    private let isShown: Bool
    private var shown: Int?

    /// Parts of the whole that make a new picture: the bar's width.
    private static let width = 30

    init(_ label: String, total: Int?, isShown: Bool = Console.isWatched) {
        self.label = label
        self.total = total
        self.isShown = isShown
    }

    /// Shows that `count` of the total are done.
    mutating func update(_ count: Int) {
        guard isShown else { return }
        let picture = total.map { $0 == 0 ? 100 : count * 100 / $0 } ?? count
        guard picture != shown else { return }
        shown = picture
        Console.writeError("\r" + text(count))
    }

    /// Clears the line.
    func finish() {
        if shown != nil { Console.writeError("\r\u{1B}[K") }
    }

    func text(_ count: Int) -> String {
        guard let total else { return "\(label) \(count.grouped)" }
        let filled = total == 0 ? Self.width : count * Self.width / total
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: Self.width - filled)
        return "\(label) [\(bar)] \(count.grouped)/\(total.grouped)"
    }
}
