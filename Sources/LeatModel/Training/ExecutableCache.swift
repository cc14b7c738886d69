import LeatCore
import LeatGraph

/// The executables for the shapes met lately; the one unused for longest goes when there are too many.
struct ExecutableCache {
    enum Phase: Hashable { case train, test, predict }

    struct Key: Hashable {
        let phase: Phase
        let inputs: Shape
        let targets: Shape?
        let weights: Shape?
    }

    private let capacity: Int
    private var entries: [(key: Key, executable: Executable)] = []

    init(capacity: Int) { self.capacity = capacity }

    /// Forgets all.
    mutating func removeAll() { entries.removeAll() }

    /// The executable for these shapes, made if there is none.
    mutating func executable(for key: Key, make: () throws -> Executable) rethrows -> Executable {
        if let index = entries.lastIndex(where: { $0.key == key }) {
            if index != entries.count - 1 { entries.append(entries.remove(at: index)) }
        } else {
            let executable = try make()
            if entries.count == capacity { entries.removeFirst() }
            entries.append((key, executable))
        }
        return entries[entries.count - 1].executable
    }
}
