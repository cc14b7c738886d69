import LeatCore

/// Samples from which one is drawn for each that comes: the state of a shuffled pass.
struct ShuffleBuffer<Element> {
    private let size: Int
    private var waiting: [Element] = []
    private var random: PhiloxGenerator

    init(size: Int, seed: UInt64, epoch: Int) {
        self.size = size
        // "buff"; apart from the numbers of orders, samples and dropout.
        random = PhiloxGenerator(seed: seed, stream: 0x6275_6666_0000_0000 ^ UInt64(epoch))
    }

    /// Takes an element; one that is drawn for it as soon as the buffer is full.
    mutating func exchange(_ element: Element) -> Element? {
        guard waiting.count == size else {
            waiting.append(element)
            return nil
        }
        let place = draw()
        defer { waiting[place] = element }
        return waiting[place]
    }

    /// One of those that are left.
    mutating func take() -> Element? {
        guard !waiting.isEmpty else { return nil }
        waiting.swapAt(draw(), waiting.count - 1)
        return waiting.removeLast()
    }

    private mutating func draw() -> Int { Int(random.next().multipliedFullWidth(by: UInt64(waiting.count)).high) }
}
