/// How many workers of which kind load, in one row of `leat benchmark loaders`.
struct LoaderCase: Sendable, Hashable {
    let workers: Int
    let useMultiprocessing: Bool

    /// The cases that are measured unasked: without workers, and with one, two and one a processor of each kind.
    static func all(processors: Int) -> [LoaderCase] {
        let counts = Set([1, 2, processors]).sorted()
        return [LoaderCase(workers: 0, useMultiprocessing: false)]
            + [false, true].flatMap { kind in counts.map { LoaderCase(workers: $0, useMultiprocessing: kind) } }
    }

    /// `inline`, `tasks-2`, `processes-2` and so on.
    var name: String { workers == 0 ? "inline" : "\(useMultiprocessing ? "processes" : "tasks")-\(workers)" }

    init(workers: Int, useMultiprocessing: Bool) {
        self.workers = workers
        self.useMultiprocessing = useMultiprocessing
    }

    /// The case of that name; nil if there is none.
    init?(name: String) {
        if name == "inline" {
            self.init(workers: 0, useMultiprocessing: false)
            return
        }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let workers = Int(parts[1]), 1...1024 ~= workers,
            ["tasks", "processes"].contains(parts[0])
        else { return nil }
        self.init(workers: workers, useMultiprocessing: parts[0] == "processes")
    }
}
