/// The events that one subscriber has not taken yet: batch events may be lost, oldest first, the others never.
struct EventBuffer {
    private var batches = Fifo<(number: Int, event: TrainingEvent)>()
    private var others = Fifo<(number: Int, event: TrainingEvent)>()
    private var nextNumber = 0
    private let limit: Int

    /// A buffer that keeps the newest `limit` batch events.
    init(limit: Int) { self.limit = max(1, limit) }

    /// Adds an event, at the expense of the oldest batch event if there are too many.
    mutating func append(_ event: TrainingEvent) {
        let numbered = (number: nextNumber, event: event)
        nextNumber += 1
        guard case .batchEnded = event else { return others.append(numbered) }
        if batches.count == limit { batches.popFirst() }
        batches.append(numbered)
    }

    /// Takes the oldest event.
    mutating func popFirst() -> TrainingEvent? {
        switch (batches.first, others.first) {
        case (let batch?, let other?): (batch.number < other.number ? batches.popFirst() : others.popFirst())?.event
        case (_?, nil): batches.popFirst()?.event
        case (nil, _): others.popFirst()?.event
        }
    }
}

/// A queue whose ends both cost O(1), over time.
struct Fifo<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
