/// How many workers of which kind load, in one row of `leat benchmark loaders`.
struct LoaderCase: Sendable, Hashable {
    /// Nil where the loader chooses.
    let workers: Int?
    let useMultiprocessing: Bool

    /// The cases that are measured unasked: without workers, with one, two and one a processor of each kind, and with
    /// the loader's own choice.
    static func all(processors: Int) -> [LoaderCase] {
        let counts = Set([1, 2, processors]).sorted()
        return [0, nil].map { LoaderCase(workers: $0, useMultiprocessing: false) }
            + [false, true].flatMap { kind in counts.map { LoaderCase(workers: $0, useMultiprocessing: kind) } }
    }

    /// `inline`, `automatic`, `tasks-2`, `processes-2` and so on.
    var name: String {
        switch workers {
        case nil: "automatic"
        case 0: "inline"
        case let workers?: "\(useMultiprocessing ? "processes" : "tasks")-\(workers)"
        }
    }

    init(workers: Int?, useMultiprocessing: Bool) {
        self.workers = workers
        self.useMultiprocessing = useMultiprocessing
    }

    /// The case of that name; nil if there is none.
    init?(name: String) {
        if name == "inline" || name == "automatic" {
            self.init(workers: name == "inline" ? 0 : nil, useMultiprocessing: false)
            return
        }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let workers = Int(parts[1]), 1...1024 ~= workers,
            ["tasks", "processes"].contains(parts[0])
        else { return nil }
        self.init(workers: workers, useMultiprocessing: parts[0] == "processes")
    }
}
