/// Where the time of a model's steps goes, kernel by kernel, in the order they run.
public struct Profile: Sendable {
    /// A kernel's share.
    public struct Entry: Sendable {
        /// What it computes, with the shapes of its operands and results.
        public let name: String
        /// What all its runs took.
        public fileprivate(set) var seconds: Double
    }

    /// The kernels of a step, all of one shape.
    public private(set) var entries: [Entry] = []
    private var position = 0

    /// An empty profile.
    public init() {}

    /// Begins another run of the same step.
    public mutating func beginStep() { position = 0 }

    mutating func add(_ name: String, seconds: Double) {
        if position == entries.count { entries.append(Entry(name: name, seconds: 0)) }
        entries[position].seconds += seconds
        position += 1
    }
}
