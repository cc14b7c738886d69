/// The samples of a shard that is being written, and the bytes of the whole.
struct ShardBuilder {
    private let header: [UInt8]
    private var samples: [UInt8] = []
    private var ends: [Int] = []

    /// A shard without samples, with the given text between offsets and samples.
    init(header: String) { self.header = Array(header.utf8) }

    var sampleCount: Int { ends.count }

    /// The size of the shard with one more sample of the given size.
    func byteCount(adding sampleByteCount: Int) -> Int {
        ShardIndex.Entry.headerByteCount(sampleCount: ends.count + 1) + header.count + samples.count + sampleByteCount
    }

    mutating func append(_ sample: [UInt8]) {
        samples.append(contentsOf: sample)
        ends.append(samples.count)
    }

    /// The bytes of the uncompressed shard.
    func build() throws(Malformed) -> ShardMemory {
        let start = ShardIndex.Entry.headerByteCount(sampleCount: ends.count)
        let memory = try ShardMemory(byteCount: start + header.count + samples.count)
        memory.withBytes { write(into: $0, start) }
        return memory
    }

    private func write(into bytes: UnsafeMutableRawBufferPointer, _ start: Int) {
        func store(_ number: Int, at position: Int) {
            bytes.storeBytes(
                of: UInt32(truncatingIfNeeded: number).littleEndian, toByteOffset: position, as: UInt32.self)
        }
        store(ends.count, at: 0)
        store(start + header.count, at: 4)
        for (index, end) in ends.enumerated() { store(start + header.count + end, at: 8 + 4 * index) }
        UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).copyBytes(from: header)
        UnsafeMutableRawBufferPointer(rebasing: bytes[(start + header.count)...]).copyBytes(from: samples)
    }
}
