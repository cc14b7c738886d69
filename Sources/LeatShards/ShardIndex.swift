/// The content of `index.json`: which shards a dataset has, and what each must look like.
///
/// Everything an index says is checked when it is made: a `ShardIndex` never contradicts itself, its numbers never
/// overflow, and its file names stay inside the dataset's folder.
public struct ShardIndex: Sendable, Hashable {
    /// The name of the index in a dataset's folder.
    public static let fileName = "index.json"

    /// The version of the format that Leat knows.
    static let version = 2

    /// The shards in the order of their samples.
    public let shards: [Entry]

    /// The number of samples of all shards.
    public let sampleCount: Int

    init(shards: [Entry]) {
        self.shards = shards
        sampleCount = shards.reduce(0) { $0 + $1.sampleCount }
    }

    /// The columns of the first shard; all of a dataset's shards have the same where one writer wrote them.
    public var columns: [ShardColumn] { shards.first?.columns ?? [] }

    /// The bytes of each shard as it is uncompressed.
    var byteCounts: [Int] { shards.map { $0.raw.byteCount } }

    /// A file's name, size and recorded hashes.
    public struct File: Sendable, Hashable {
        /// The path of the file from the dataset's folder.
        public let name: String
        /// Its size in bytes.
        public let byteCount: Int
        /// What is recorded of its content.
        let recorded: RecordedHashes

        /// Lower-case hexadecimal digests by the name of the hash.
        public var hashes: [String: String] { recorded.texts }

        init(name: String, byteCount: Int, recorded: RecordedHashes) {
            self.name = name
            self.byteCount = byteCount
            self.recorded = recorded
        }

        init(name: String, byteCount: Int, hashes: [String: String]) {
            self.init(name: name, byteCount: byteCount, recorded: RecordedHashes(hashes))
        }
    }

    /// What the index says about one shard.
    public struct Entry: Sendable, Hashable {
        /// The columns in the order of their bytes in a sample.
        public let columns: [ShardColumn]
        /// The number of samples.
        public let sampleCount: Int
        /// How the stored file is compressed.
        public let compression: ShardCompression
        /// The shard as it is uncompressed.
        public let raw: File
        /// The compressed file, if the shard is compressed.
        public let zip: File?
        /// The names of the hashes that the writer was told to record.
        public let hashNames: [String]
        /// The size at which the writer began another shard, in bytes of the uncompressed file.
        public let sizeLimit: Int?

        /// The file as it is stored.
        public var stored: File { zip ?? raw }

        /// The bytes of the count, the offsets and nothing else: the least that the uncompressed file can have.
        static func headerByteCount(sampleCount: Int) -> Int { 4 + 4 * (sampleCount + 1) }
    }
}
