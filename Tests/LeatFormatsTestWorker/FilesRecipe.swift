import LeatCore
import LeatFormats
import LeatHDF5
public import LeatPipeline
import LeatShards

/// Batches of the samples in files of any format that is read by number, with columns `x` and `y`.
public struct FilesRecipe: BatchRecipe {
    /// What reads the files.
    public enum Format: String, Codable, Sendable {
        case tar, tfrecord, images, npy, hdf5, shards
    }

    public var format: Format
    public var paths: [String]
    public var shuffleSeed: UInt64?
    /// The samples that a filter leaves out, by their `y`.
    public var omitted: Int64?
    /// The sample over which a transformation throws, by its `y`.
    public var rejected: Int64?

    public init(
        _ format: Format, _ paths: [String], shuffleSeed: UInt64? = nil, omitted: Int64? = nil, rejected: Int64? = nil
    ) {
        self.format = format
        self.paths = paths
        self.shuffleSeed = shuffleSeed
        self.omitted = omitted
        self.rejected = rejected
    }

    /// What the transformation throws.
    public struct Rejection: Error, CustomStringConvertible {
        /// What the error says.
        public static let message = "The transformation doesn't like the sample."
        public var description: String { Self.message }
    }

    public func makeBatches() async throws -> SampleBatches {
        switch format {
        case .tar: try await batches(try TarDataset(paths).select(["x": "npy", "y": "cls"]))
        case .tfrecord: try await batches(try TFRecordDataset(paths, shapes: ["y": []]).select("x", "y"))
        case .images:
            try await batches(try ImageFolder(paths[0]).select(["x": "image", "y": "label"]).decodingImages("x"))
        case .npy: try await batches(try NpyDataset(["x": paths[0], "y": paths[1]]).select("x", "y"))
        case .hdf5: try await batches(try HDF5Samples(paths[0], columns: ["x", "y"]).select("x", "y"))
        case .shards: try await batches(try ShardSamples(paths[0]).select("x", "y"))
        }
    }

    private func batches(_ samples: SamplePipeline) async throws -> SampleBatches {
        guard let omitted else { return try transformed(samples) }
        return try transformed(await samples.filter { try Self.number(of: $0) != omitted })
    }

    private func transformed(_ samples: SamplePipeline) throws -> SampleBatches {
        guard let rejected else { return try samples.batched(4, shuffleSeed: shuffleSeed) }
        return try samples.map { sample in
            if try Self.number(of: sample) == rejected { throw Rejection() }
            return sample
        }.batched(4, shuffleSeed: shuffleSeed)
    }

    private static func number(of sample: Sample) throws -> Int64 {
        try sample.tensor("y").elements(as: Int64.self)[0]
    }
}
