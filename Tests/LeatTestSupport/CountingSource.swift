import LeatCore
public import LeatPipeline
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Batches whose every byte is a function of seed, epoch and batch number, and a record of what was asked of them.
public final class CountingSource: WorkerSource {
    public struct Configuration: Codable, Sendable {
        public var count: Int
        public var rows: Int
        public var columns: Int
        public var seed: UInt64
        /// Printed with each batch, to prove that it does no harm.
        public var chatter: String?
        /// Whether the inputs are one byte repeated, made as fast as memory can be written.
        public var isTrivial = false
    }

    public let configuration: Configuration
    private let log = Lock(Log())

    private struct Log {
        var requested: [(epoch: Int, index: Int)] = []
        var epochEnds: [Int] = []
    }

    public init(configuration: Configuration) { self.configuration = configuration }

    public convenience init(
        count: Int, rows: Int = 3, columns: Int = 5, seed: UInt64 = 42, chatter: String? = nil,
        isTrivial: Bool = false
    ) {
        self.init(
            configuration: Configuration(
                count: count, rows: rows, columns: columns, seed: seed, chatter: chatter, isTrivial: isTrivial))
    }

    public var count: Int { configuration.count }

    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        let ends = log.withLock { log in
            log.requested.append((epoch, index))
            return log.epochEnds.count
        }
        if let chatter = configuration.chatter {
            print(chatter, index, epoch)
            fflush(nil)
        }
        return try Self.batch(at: index, epoch: epoch, epochEnds: ends, configuration)
    }

    public func onEpochEnd() async { log.withLock { $0.epochEnds.append($0.requested.count) } }

    /// How many batches had been requested when each epoch ended.
    public var epochEnds: [Int] { log.withLock { $0.epochEnds } }

    /// The batches requested so far, in the order of their requests.
    public var requestCount: Int { log.withLock { $0.requested.count } }

    /// The batch that the source gives; made without it.
    public static func batch(
        at index: Int, epoch: Int, epochEnds: Int, _ configuration: Configuration
    ) throws -> Batch {
        let philox = Philox(seed: configuration.seed, stream: UInt64(epoch) << 32 | UInt64(index))
        let inputs = try Tensor(shape: [configuration.rows, configuration.columns], dtype: .uint8) { bytes in
            if configuration.isTrivial {
                bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: index))
                return
            }
            for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: philox.block(UInt64(i))[0]) }
        }
        let targets = Tensor([Int32(index), Int32(epoch), Int32(epochEnds)])
        return Batch(inputs, targets, sampleWeights: index % 2 == 0 ? Tensor([Float(index), 0.5]) : nil)
    }
}

extension Batch {
    /// The number under which a `CountingSource` made the batch.
    public var sourceIndex: Int { (try? targets?.elements(as: Int32.self)).map { Int($0[0]) } ?? -1 }
    /// The epoch for which a `CountingSource` made the batch.
    public var sourceEpoch: Int { (try? targets?.elements(as: Int32.self)).map { Int($0[1]) } ?? -1 }
}
