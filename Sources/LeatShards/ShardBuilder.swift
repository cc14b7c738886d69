import LeatCore

/// The samples of a shard that is being written, and the bytes of the whole.
struct ShardBuilder: Sendable {
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

    /// How many more samples of that size fit into a shard of the largest size.
    func room(for sampleByteCount: Int, limit: Int) -> Int {
        let used = ShardIndex.Entry.headerByteCount(sampleCount: ends.count) + header.count + samples.count
        return max(0, limit - used) / (sampleByteCount + 4)
    }

    /// Appends rows of tensors, a sample each; `sizes` are the bytes of a row of each tensor.
    mutating func append(_ rows: Range<Int>, of tensors: [Tensor], sizes: [Int]) {
        let size = sizes.reduce(0, +)
        let start = samples.count
        samples.append(contentsOf: repeatElement(0, count: rows.count * size))
        samples.withUnsafeMutableBytes { target in
            guard let base = target.baseAddress.map({ $0 + start }) else { return }
            var position = 0
            for (tensor, length) in zip(tensors, sizes) {
                tensor.withUnsafeBytes { source in
                    guard let source = source.baseAddress else { return }
                    for (place, row) in rows.enumerated() {
                        (base + place * size + position).copyMemory(from: source + row * length, byteCount: length)
                    }
                }
                position += length
            }
        }
        for sample in 1...rows.count { ends.append(start + sample * size) }
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
