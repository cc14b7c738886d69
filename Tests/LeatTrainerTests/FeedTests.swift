import LeatCore
import LeatPipeline
import Testing

@testable import LeatTrainer

@Suite struct FeedTests {
    private func feed(
        _ count: Int, batchSize: Int, _ shuffle: Shuffle = .none, seed: UInt64 = 3, steps: Int? = nil
    ) throws -> TensorFeed {
        let samples = try TensorBatch(
            .counting(count), .counting(count, width: 1), sampleWeights: Tensor((0..<count).map(Float.init)))
        return TensorFeed(samples, batchSize: batchSize, shuffle: shuffle, seed: seed, steps: steps)
    }

    /// The sample numbers of an epoch's batches, which inputs, targets and weights must agree on.
    private func epoch(_ number: Int, of feed: TensorFeed) throws -> [[Int]] {
        feed.beginEpoch(number)
        return try (0..<feed.stepsPerEpoch).map { _ in
            let batch = try #require(try feed.next())
            let numbers = try batch.inputs.gathered().firstColumn
            #expect(batch.targets?.firstColumn == numbers)
            #expect(batch.sampleWeights?.firstColumn == numbers)
            return numbers
        }
    }

    @Test func `in order, batches are slices and the last is short`() throws {
        let feed = try feed(7, batchSize: 3)
        #expect(try epoch(0, of: feed) == [[0, 1, 2], [3, 4, 5], [6]])
        #expect(try feed.next() == nil)
        #expect(try epoch(1, of: feed) == [[0, 1, 2], [3, 4, 5], [6]])
    }

    @Test func `shuffled, every epoch has each sample once, in an order of its own`() throws {
        let feed = try feed(100, batchSize: 32, .all)
        let first = try epoch(0, of: feed)
        let second = try epoch(1, of: feed)
        #expect(first.map(\.count) == [32, 32, 32, 4])
        for order in [first, second] { #expect(order.joined().sorted() == Array(0..<100)) }
        #expect(first != second)
        #expect(first.joined().sorted() != Array(first.joined()))
    }

    @Test func `an order depends on seed and epoch, not on the epochs before`() throws {
        let late = try epoch(5, of: feed(50, batchSize: 8, .all))
        let other = try feed(50, batchSize: 8, .all)
        for number in 0..<5 { _ = try epoch(number, of: other) }
        #expect(try epoch(5, of: other) == late)
        #expect(try epoch(5, of: feed(50, batchSize: 8, .all, seed: 4)) != late)
    }

    @Test func `fit visits samples in the order of a shuffled TensorSequence`() async throws {
        let sequence = try TensorSequence(.counting(20), batchSize: 6, shuffleSeed: 3)
        let expected = try await sequence.batch(at: 1, epoch: 4).inputs.firstColumn
        #expect(try epoch(4, of: feed(20, batchSize: 6, .all))[1] == expected)
    }

    @Test func `shuffled by batches, runs of samples stay together and the short one stays last`() throws {
        let order = try epoch(0, of: feed(70, batchSize: 4, .batch))
        for batch in order { #expect(batch == Array(batch[0]..<batch[0] + batch.count)) }
        #expect(order.last == [68, 69])
        #expect(order.map { $0[0] } != order.map { $0[0] }.sorted())
        #expect(order.joined().sorted() == Array(0..<70))
        #expect(try epoch(0, of: feed(3, batchSize: 4, .batch)) == [[0, 1, 2]])
    }

    @Test func `with steps, an epoch goes on where the one before stopped`() throws {
        let feed = try feed(7, batchSize: 3, steps: 2)
        #expect(try epoch(0, of: feed) == [[0, 1, 2], [3, 4, 5]])
        #expect(try epoch(1, of: feed) == [[6], [0, 1, 2]])
        #expect(try epoch(4, of: feed) == [[6], [0, 1, 2]])
        let shuffled = try self.feed(7, batchSize: 3, .all, steps: 3)
        #expect(try epoch(0, of: shuffled) != epoch(1, of: shuffled))
    }

    @Test func `a batch that is kept is not overwritten by the next`() throws {
        let feed = try feed(40, batchSize: 4, .all)
        feed.beginEpoch(0)
        let kept = try #require(try feed.next())
        let (inputs, targets) = try (kept.inputs.gathered().firstColumn, kept.targets?.firstColumn)
        while try feed.next() != nil {}
        #expect(try kept.inputs.gathered().firstColumn == inputs && kept.targets?.firstColumn == targets)
    }

    @Test func `shuffled batches use one piece of memory again and again`() throws {
        let feed = try feed(4096, batchSize: 512, .all)
        feed.beginEpoch(0)
        func address() throws -> UInt {
            try #require(try feed.next()?.targets).withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        }
        let first = try address()
        for _ in 0..<7 { #expect(try address() == first) }
    }

    @Test func `a validation split takes the last samples`() throws {
        let samples = try TensorBatch(.counting(10), .labels(10), sampleWeights: nil)
        let (first, last) = try samples.split(last: 0.25)
        #expect(first.inputs.firstColumn == Array(0..<7))
        #expect(last.inputs.firstColumn == [7, 8, 9])
        #expect(last.targets?.length == 3)
        for split in [-0.1, 1, 1.5, .nan] {
            #expect(throws: TrainerError.self) { try samples.split(last: split) }
        }
        let one = try TensorBatch(.counting(1), .labels(1), sampleWeights: nil)
        #expect { try one.split(last: 0.5) } throws: { ($0 as? TrainerError)?.code == .noData }
    }
}
