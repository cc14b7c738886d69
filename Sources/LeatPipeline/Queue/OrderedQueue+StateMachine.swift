extension OrderedQueue {
    /// Decides who may ask the source for which batch, what the consumer gets, and who is woken; does nothing itself.
    ///
    /// Places in the stream are numbered from 0. Those in `delivered ..< requested` are in the window: requested,
    /// perhaps ready, not yet delivered; the window never exceeds `capacity`. Places of the next pass are handed out
    /// only after the present pass has been delivered whole and its end has been dealt with. The place whose turn it is
    /// may be handed out again, for another batch, if its own can't be made.
    struct StateMachine<Consumer, Producer> {
        private enum Slot {
            case free
            case requested(ticket: Int)
            case ready(Result<Element, any Error>, ticket: Int)
        }

        enum PassEnd { case ahead, due, running }

        private enum Phase {
            case open
            /// Nothing more will be made; the error is due at the first place that is not ready.
            case failed(any Error)
            case closed
        }

        private var phase = Phase.open
        let capacity: Int
        /// Whether a batch is delivered in its own place; if not, in the first that is not filled when it is ready.
        let isOrdered: Bool
        /// The window as a ring: place n lives in slot n % slots.count; grows with the window.
        private var slots: [Slot]
        private(set) var requested = 0
        private(set) var delivered = 0
        /// The places whose batch is ready.
        private(set) var readyCount = 0
        /// The stream has no places from here on.
        private var end: Int
        private var pass: Pass
        private var passEnd = PassEnd.ahead
        /// What is done about batches that can't be made.
        private(set) var ledger: FaultLedger
        /// The batch that comes in the place of the one whose turn it is, and how many were tried for that place.
        private var substitute: (index: Int, attempt: Int)?
        /// Whether the substitute waits to be handed out.
        private var isSubstituteDue = false

        private var consumer: Consumer?
        private var producers: [Producer] = []
        private var keeper: Producer?

        init(capacity: Int, pass: Pass, limit: Int = .max, isOrdered: Bool = true, ledger: FaultLedger = FaultLedger())
        {
            precondition(capacity > 0, "A queue without room delivers nothing.")
            self.capacity = capacity
            self.isOrdered = isOrdered
            slots = Array(repeating: .free, count: min(capacity, 2))
            end = limit
            self.pass = pass
            self.ledger = ledger
        }

        /// The position before the next batch to be delivered.
        var position: BatchPosition {
            let index = delivered - pass.first
            return index == pass.order.count
                ? BatchPosition(epoch: pass.epoch + 1) : BatchPosition(epoch: pass.epoch, index: index)
        }
    }
}

// MARK: Producers

extension OrderedQueue.StateMachine {
    enum ClaimAction {
        case work(Ticket)
        case wait
        /// There is nothing left to claim and there never will be.
        case stop
    }

    /// A producer asks for work.
    mutating func claim() -> ClaimAction {
        guard case .open = phase, isWorkLeft else { return .stop }
        if isSubstituteDue, case .requested(ticket: let number) = slots[delivered % slots.count] {
            isSubstituteDue = false
            return .work(self.ticket(number))
        }
        guard claimable > 0 else { return .wait }
        let ticket = pass.ticket(requested)
        if requested - delivered == slots.count { growRing() }
        slots[requested % slots.count] = .requested(ticket: requested)
        requested += 1
        return .work(ticket)
    }

    /// A producer that was told to wait asks to be woken; false if there is no reason to wait any more.
    mutating func awaitRoom(_ producer: Producer) -> Bool {
        guard case .open = phase, isWorkLeft, claimable <= 0 else { return false }
        producers.append(producer)
        return true
    }

    enum CompleteAction {
        case none
        case wake([Producer])
        case resume(Consumer, Result<Element, any Error>, wake: [Producer])
    }

    /// A producer hands in the result for a place; results for places not requested or already filled are dropped.
    mutating func complete(_ number: Int, _ result: Result<Element, any Error>) -> CompleteAction {
        guard let place = place(ofTicket: number) else { return .none }
        if case .closed = phase { return .none }
        fill(place, with: .ready(result, ticket: number))
        guard consumer != nil, case .ready = slots[delivered % slots.count], let waiting = consumer else {
            return .none
        }
        switch takeHead() {
        case nil: return .none
        case .again(let wake): return .wake(wake)
        case .result(let result, let wake):
            consumer = nil
            return .resume(waiting, result, wake: wake)
        }
    }

    /// The place that waits for a ticket's result.
    private func place(ofTicket number: Int) -> Int? {
        let candidates = isOrdered ? number..<number + 1 : delivered..<requested
        return candidates.clamped(to: delivered..<requested).first { place in
            if case .requested(ticket: number) = slots[place % slots.count] { true } else { false }
        }
    }

    /// Fills a place; without order the first one that is not filled, whose ticket takes over the place.
    private mutating func fill(_ place: Int, with slot: Slot) {
        let target =
            isOrdered
            ? place
            : (delivered...place).first { if case .requested = slots[$0 % slots.count] { true } else { false } }
                ?? place
        slots.swapAt(target % slots.count, place % slots.count)
        slots[target % slots.count] = slot
        readyCount += 1
    }

    /// As many of the waiting producers as there is room for, to be woken.
    mutating func wakeForRoom() -> [Producer] {
        guard case .open = phase else { return [] }
        let wake = Array(producers.prefix(max(0, claimable)))
        producers.removeFirst(wake.count)
        return wake
    }

    enum FinishAction {
        case none
        case resume(Consumer)
    }

    /// The source has ended: the place and all after it don't exist.
    mutating func finish(at number: Int) -> FinishAction {
        end = min(end, number)
        guard delivered >= end, let waiting = consumer else { return .none }
        consumer = nil
        return .resume(waiting)
    }

    /// Nothing more can be made; the consumer learns why at the first place that is not ready.
    mutating func fail(_ error: any Error) -> FinishAction {
        guard case .open = phase else { return .none }
        guard let waiting = consumer else {
            phase = .failed(error)
            return .none
        }
        consumer = nil
        phase = .closed
        return .resume(waiting)
    }

    /// Whether there is something to hand out, now or later.
    private var isWorkLeft: Bool { requested < end || (ledger.mayReplace && delivered < end) }

    private var claimable: Int {
        max(0, min(delivered.addingOrMax(capacity), pass.end, end) - requested) + (isSubstituteDue ? 1 : 0)
    }

    private mutating func growRing() {
        let larger = min(capacity, slots.count.addingOrMax(slots.count))
        var grown = Array(repeating: Slot.free, count: larger)
        for number in delivered..<requested { grown[number % larger] = slots[number % slots.count] }
        slots = grown
    }
}

// MARK: The consumer

extension OrderedQueue.StateMachine {
    enum NextAction {
        case deliver(Result<Element, any Error>, wake: [Producer])
        case wait(wake: [Producer])
        case end
        /// Another task is waiting already.
        case refuse
    }

    /// The consumer asks for the next batch.
    mutating func next() -> NextAction {
        if case .closed = phase { return .end }
        guard delivered < end else { return .end }
        guard consumer == nil else { return .refuse }
        switch takeHead() {
        case nil: break
        case .again(let wake): return .wait(wake: wake)
        case .result(let result, let wake): return .deliver(result, wake: wake)
        }
        if case .failed(let error) = phase {
            phase = .closed
            return .deliver(.failure(error), wake: [])
        }
        return .wait(wake: [])
    }

    /// The consumer that was told to wait does so, unless there is something for it by now.
    mutating func awaitNext(_ waiting: Consumer) -> NextAction {
        let action = next()
        if case .wait = action { consumer = waiting }
        return action
    }

    /// The waiting consumer gives up.
    mutating func stopWaiting() -> Consumer? {
        defer { consumer = nil }
        return consumer
    }

    private enum Head {
        case result(Result<Element, any Error>, wake: [Producer])
        /// The place is to be filled anew.
        case again(wake: [Producer])
    }

    /// Takes what is ready in the place whose turn it is, if something is.
    private mutating func takeHead() -> Head? {
        guard case .ready(let ready, ticket: let number) = slots[delivered % slots.count] else { return nil }
        var result = ready.mapError(\.original)
        if case .failure(let error) = ready, case .open = phase {
            let next = nextSubstitute(for: number)
            switch ledger.judge(ticket(number), error, batches: batchesSoFar, replacement: next?.index) {
            case .raise(let error): result = .failure(error)
            case .skip: result = .failure(SkippedBatch())
            case .replace:
                substitute = next
                isSubstituteDue = true
                slots[delivered % slots.count] = .requested(ticket: number)
                readyCount -= 1
                return .again(wake: wakeForRoom())
            }
        }
        return .result(result, wake: advance())
    }

    /// What is to be made under a ticket's number.
    private func ticket(_ number: Int) -> Ticket {
        let own = pass.ticket(number)
        return Ticket(number: number, epoch: pass.epoch, index: substitute?.index ?? own.index)
    }

    /// The next batch of the pass to try in a ticket's place; nil when all have been tried.
    private func nextSubstitute(for number: Int) -> (index: Int, attempt: Int)? {
        let attempt = (substitute?.attempt ?? 0) + 1
        guard attempt < pass.order.count else { return nil }
        return (pass.order[(number - pass.first + attempt) % pass.order.count], attempt)
    }

    /// The batches from the first of epoch 0 to the one whose turn it is.
    private var batchesSoFar: Int {
        let (before, overflow) = pass.epoch.multipliedReportingOverflow(by: pass.order.count)
        return overflow ? .max : before.addingOrMax(delivered - pass.first + 1)
    }

    /// Moves the window past a place that was delivered; says who can do something about it.
    private mutating func advance() -> [Producer] {
        slots[delivered % slots.count] = .free
        readyCount -= 1
        delivered += 1
        substitute = nil
        var wake: [Producer] = []
        if delivered == pass.end {
            passEnd = .due
            wake = keeper.map { [$0] } ?? []
            keeper = nil
        }
        if delivered == end {
            // Nobody will be needed for a substitute any more.
            wake += producers
            producers = []
        }
        return delivered == pass.end ? wake : wake + wakeForRoom()
    }
}

// MARK: Ends of passes, and the end

extension OrderedQueue.StateMachine {
    enum PassEndAction {
        case ended(epoch: Int)
        case wait
        case stop
    }

    /// The keeper of passes asks whether one has ended; also after closing, so that no end is forgotten.
    mutating func takePassEnd() -> PassEndAction {
        if case .due = passEnd {
            passEnd = .running
            return .ended(epoch: pass.epoch)
        }
        if case .open = phase { return .wait }
        return .stop
    }

    /// The keeper that was told to wait asks to be woken; false if there is no reason to wait any more.
    mutating func awaitPassEnd(_ waiting: Producer) -> Bool {
        guard case .ahead = passEnd, case .open = phase else { return false }
        keeper = waiting
        return true
    }

    /// The end of the pass has been dealt with: the next one may be asked for.
    mutating func openPass(_ order: BatchOrder) -> [Producer] {
        precondition(passEnd == .running, "A pass is opened after the end of the last one was taken.")
        passEnd = .ahead
        pass = Pass(epoch: pass.epoch + 1, first: pass.end, order: order)
        return wakeForRoom()
    }

    /// The consumer has gone: everyone who waits is woken and finds the queue closed.
    mutating func close() -> (consumer: Consumer?, wake: [Producer]) {
        phase = .closed
        defer { (consumer, producers, keeper) = (nil, [], nil) }
        return (consumer, producers + (keeper.map { [$0] } ?? []))
    }
}

// MARK: What is going on

extension OrderedQueue.StateMachine {
    /// What the consumer waits for, if it does.
    var situation: QueueSituation {
        let index = delivered - pass.first
        let window = delivered..<requested
        return QueueSituation(
            epoch: pass.epoch, batch: index < pass.order.count ? pass.order[index] : nil,
            stage: window.isEmpty ? (passEnd == .ahead ? .unclaimed : .passEnd) : .making,
            ready: readyCount,
            window: window.count, capacity: capacity)
    }
}

/// What is going on in a queue.
struct QueueSituation: Sendable, Hashable {
    enum Stage: Sendable {
        /// Nobody has asked for the batch.
        case unclaimed
        /// The end of an epoch is being dealt with.
        case passEnd
        /// Somebody makes the batch.
        case making
    }

    let epoch: Int
    /// The batch whose turn it is; nil between two epochs.
    let batch: Int?
    let stage: Stage
    let ready: Int
    let window: Int
    let capacity: Int
}
