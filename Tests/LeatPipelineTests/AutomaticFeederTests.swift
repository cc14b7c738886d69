import LeatCore
import LeatTestSupport
import Synchronization
import Testing

@testable import LeatPipeline

/// Where batches are made by a loader that may choose, on a clock that tests advance.
@Suite(.timeLimit(.minutes(1))) struct AutomaticFeederTests {
    @Test func `Three fast ones of the first decide, or slow ones that took long together`() {
        func place(_ times: Int..., isDue: Bool = false) -> HandoverChoice.Place? {
            var choice = HandoverChoice()
            for (number, time) in times.enumerated() {
                choice.note(.microseconds(time), isLast: isDue && number == times.count - 1)
            }
            return choice.place
        }
        #expect(place(1, 1) == nil && place(900, 100) == nil)
        #expect(place(1, 5, 0) == .consumer)
        #expect(place(300, 1, 300, 1, 300, 1) == .consumer)
        #expect(place(300, 1, 300, 300, 101) == .workers)
        #expect(place(900, 1, 101, 1, 1) == .workers)
        // What is opened with the first batch says nothing about the others.
        #expect(place(1_000_000) == nil)
        #expect(place(1_000_000, 1, 1, 1) == .consumer && place(1_000_000, 6) == .workers)
        #expect(place(1, isDue: true) == .workers && place(1, 1, 1, isDue: true) == .consumer)
    }

    @Test func `What slow batches cost more than fast ones spare goes to workers, an accident does not`() {
        func place(after others: Int, _ time: Duration, of fast: Duration = .zero, times: Int = 1000) -> HandoverChoice
            .Place?
        {
            var choice = HandoverChoice()
            for _ in 0..<3 { choice.note(.zero) }
            for _ in 0..<times {
                choice.note(time)
                for _ in 0..<others { choice.note(fast) }
            }
            return choice.place
        }
        #expect(place(after: 100, .seconds(1)) == .consumer)
        #expect(place(after: 100, .milliseconds(20), of: .microseconds(4)) == .workers)
        #expect(place(after: 19, .milliseconds(20)) == .workers)
        #expect(place(after: 0, .microseconds(6)) == .workers)
        #expect(place(after: 1, .microseconds(9)) == .consumer)
        #expect(place(after: 0, .seconds(1), times: 2) == .consumer)
        #expect(place(after: 0, .seconds(1), times: 4) == .workers)
        #expect(place(after: 1000, .seconds(1), times: 4) == .consumer)
    }

    /// Tells the consumer's task and those that it starts from those of a loader.
    @TaskLocal private static var isConsumer = false

    /// Batches that take some time by a clock of their own; notes by whom each is made.
    private final class TimedSource: BatchSequence {
        let count: Int
        private let time: @Sendable (_ batch: Int) -> Duration
        private let state = Lock((clock: ContinuousClock.now, made: [Bool](), ends: 0))

        init(count: Int, taking time: @escaping @Sendable (Int) -> Duration) {
            self.count = count
            self.time = time
        }

        var now: ContinuousClock.Instant { state.withLock { $0.clock } }
        /// For each batch in the order of their making, whether the consumer made it.
        var madeByConsumer: [Bool] { state.withLock { $0.made } }
        var ends: Int { state.withLock { $0.ends } }

        func batch(at index: Int) async throws -> Batch {
            state.withLock { state in
                state.clock += time(state.made.count)
                state.made.append(isConsumer)
            }
            return Batch(Tensor([Int32(index)]))
        }

        func onEpochEnd() async { state.withLock { $0.ends += 1 } }
    }

    /// The numbers of so many batches that a loader left to itself gives.
    private func numbers(_ limit: Int, of source: TimedSource, capacity: Int = 10) async throws -> [Int32] {
        let schedule = BatchSchedule(count: source.count, isShuffled: false, seed: 0)
        let queue = OrderedQueue<Batch>(
            capacity: capacity, pass: schedule.pass(from: BatchPosition()), limit: limit, ledger: FaultLedger(.raise))
        let indexed = IndexedStream(source: source, queue: queue, schedule: schedule) { source.now }
        let feeder = try await AutomaticFeeder(indexed, workers: 2, firstPassCount: source.count)
        let stream = BatchStream(queue, feeder, settings: nil)
        var numbers: [Int32] = []
        try await Self.$isConsumer.withValue(true) {
            while let batch = try await stream.next() { try numbers.append(batch.inputs.elements(as: Int32.self)[0]) }
        }
        await stream.stop()
        return numbers
    }

    @Test(arguments: [1, 2, 3, 4, 7, 1000], [1, 2, 10])
    func `Cheap batches are made by the consumer after the first`(count: Int, capacity: Int) async throws {
        let source = TimedSource(count: count) { _ in .zero }
        #expect(try await numbers(50, of: source, capacity: capacity) == (0..<50).map { Int32($0 % count) })
        #expect(source.ends == 50 / count)
        // Of fewer than three in a pass nothing is learnt.
        #expect(source.madeByConsumer == (0..<50).map { $0 >= 3 && count >= 3 })
    }

    @Test(arguments: [1, 3, 7, 1000], [1, 10])
    func `Dear batches are made by tasks`(count: Int, capacity: Int) async throws {
        let source = TimedSource(count: count) { _ in .milliseconds(1) }
        #expect(try await numbers(50, of: source, capacity: capacity) == (0..<50).map { Int32($0 % count) })
        #expect(source.ends == 50 / count)
        #expect(!source.madeByConsumer.contains(true))
    }

    @Test(arguments: [4, 20, 1000], [1, 10])
    func `Batches that become dear are made by tasks from then on`(count: Int, capacity: Int) async throws {
        let source = TimedSource(count: count) { $0 < 30 ? .zero : .milliseconds(1) }
        #expect(try await numbers(100, of: source, capacity: capacity) == (0..<100).map { Int32($0 % count) })
        #expect(source.ends == 100 / count)
        let expected = (0..<33).map { $0 >= 3 }
        #expect(Array(source.madeByConsumer.prefix(33)) == expected)
        // Tasks started by the consumer are its own by this mark, so only that nothing is lost can be told from here on.
        #expect(source.madeByConsumer.count >= 100)
    }

    @Test(arguments: [1, 2, 3, 4, 9]) func `A loader that is left early ends`(consumed: Int) async throws {
        let source = TimedSource(count: 1000) { _ in .zero }
        let loader = try BatchLoader(BatchSource(source), workers: nil, maxQueueSize: nil)
        try await loader.withBatches { batches in
            for number in 0..<consumed {
                let batch = try await batches.next()
                #expect(batch?.inputs == Tensor([Int32(number)]))
            }
        }
        #expect(source.ends == 0)
    }

    @Test(arguments: [(FaultPolicy.replace(.unlimited), nil), (.raise, Duration.seconds(60))])
    func `Where substitutes or stalls are to be seen to, tasks make all batches`(
        policy: FaultPolicy, stallTimeout: Duration?
    ) async throws {
        let source = TimedSource(count: 1000) { _ in .zero }
        let loader = try BatchLoader(source, workers: nil, faultPolicy: policy, stallTimeout: stallTimeout)
        try await loader.withBatches(limit: 5000) { batches in
            // Within the scope: tasks of the loader were started before and don't have the mark.
            try await Self.$isConsumer.withValue(true) { while try await batches.next() != nil {} }
        }
        #expect(source.madeByConsumer.count >= 5000)
        #expect(!source.madeByConsumer.contains(true))
    }

    @Test(arguments: [FaultPolicy.skip(.unlimited), .replace(.unlimited)], [0, 1, 2, 3, 8])
    func `What can't be made is skipped or replaced as by workers`(policy: FaultPolicy, flaw: Int) async throws {
        func sources(_ workers: Int?) async throws -> [Int] {
            let source = FlawedSource(count: 9, flaws: [flaw])
            let loader = try BatchLoader(
                BatchSource(source), workers: workers, maxQueueSize: nil, faultPolicy: policy)
            return try await collect(loader, limit: 40).map(\.sourceIndex)
        }
        let expected = try await sources(1)
        for _ in 0..<5 { #expect(try await sources(nil) == expected) }
    }
}
