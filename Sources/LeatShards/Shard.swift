public import LeatCore

/// One shard, unpacked and in memory: its samples are found by number and decoded on demand.
///
/// The layout is MDS': a count, count + 1 offsets from the start of the file, a JSON header, and the samples. A sample
/// is the sizes of its variable columns and then the bytes of all columns, without padding.
///
/// Unchecked because of an address in memory that is only read.
public final class Shard: @unchecked Sendable {
    /// The path of the stored file.
    public let path: String
    /// The columns in the order of their bytes in a sample.
    public var columns: [ShardColumn] { layout.columns }
    /// The number of samples.
    public let sampleCount: Int

    private let memory: ShardMemory
    private let layout: ShardLayout
    /// Where the first sample is, if all have the same length and nothing between them.
    private let firstSample: UnsafeRawPointer?

    /// Checks the count and all offsets of an unpacked shard.
    ///
    /// - Throws: `ShardError` if they are not what the index says, or don't fit the file.
    init(memory: ShardMemory, layout: ShardLayout, sampleCount: Int, path: String) throws(ShardError) {
        self.path = path
        self.memory = memory
        self.layout = layout
        self.sampleCount = sampleCount
        firstSample =
            try Self.checkOffsets(
                memory.unsafeBytes, sampleCount: sampleCount, least: layout.sizesByteCount + layout.fixedByteCount,
                hasFixedSize: layout.sizesByteCount == 0, path: path)
    }

    /// Checks the count and the offsets; returns where the first sample is if all have the same length.
    private static func checkOffsets(
        _ bytes: UnsafeRawBufferPointer, sampleCount: Int, least: Int, hasFixedSize: Bool, path: String
    ) throws(ShardError) -> UnsafeRawPointer? {
        let start = ShardIndex.Entry.headerByteCount(sampleCount: sampleCount)
        guard bytes.count >= start else {
            throw ShardError(.badShard, path, "is too short for the offsets of \(sampleCount) samples.")
        }
        let count = Int(bytes.loadUnaligned(as: UInt32.self))
        guard count == sampleCount else {
            throw ShardError(.badShard, path, "holds \(count) samples where the index says \(sampleCount).")
        }
        func offset(_ index: Int) -> Int {
            Int(bytes.loadUnaligned(fromByteOffset: 4 + 4 * index, as: UInt32.self))
        }
        let first = offset(0)
        if hasFixedSize, first >= start, first + sampleCount * least == bytes.count,
            (0...sampleCount).allSatisfy({ offset($0) == first + $0 * least })
        {
            return bytes.baseAddress.map { $0 + first }
        }
        var previous = start
        for index in 0...sampleCount {
            let offset = offset(index)
            guard offset >= (index == 0 ? start : previous + least), offset <= bytes.count else {
                throw ShardError(
                    .badShard, path,
                    "has the offset \(offset) at sample \(index) after \(previous), in a file of \(bytes.count) bytes.",
                    sample: index)
            }
            previous = offset
        }
        guard previous == bytes.count else {
            throw ShardError(.badShard, path, "has samples up to byte \(previous) of \(bytes.count).")
        }
        return nil
    }

    /// Where a column's value in the first sample is, and how far it is from there to the next.
    ///
    /// Nil unless all samples are alike; valid as long as the shard.
    func strides(ofColumn column: Int) -> (first: UnsafeRawPointer, stride: Int)? {
        firstSample.map { ($0 + layout.slots[column].fixedBefore, layout.fixedByteCount) }
    }

    /// The offset is unchecked; callers stay within `0...sampleCount`.
    @inline(__always)
    private func offset(_ index: Int) -> Int {
        Int(memory.unsafeBytes.loadUnaligned(fromByteOffset: 4 + 4 * index, as: UInt32.self))
    }

    /// The JSON text between the offsets and the samples; empty if it is not UTF-8.
    var header: String {
        let start = ShardIndex.Entry.headerByteCount(sampleCount: sampleCount)
        let bytes = UnsafeRawBufferPointer(rebasing: memory.unsafeBytes[start..<offset(0)])
        return String(validating: bytes, as: UTF8.self) ?? ""
    }

    /// The bytes of a column in a sample, valid as long as the shard.
    ///
    /// - Throws: `ShardError` if the sample's sizes don't add up to its length.
    func bytes(ofColumn column: Int, sample: Int) throws(ShardError) -> UnsafeRawBufferPointer {
        let (slot, sizesByteCount) = (layout.slots[column], layout.sizesByteCount)
        let all = memory.unsafeBytes
        let begin = offset(sample)
        let end = offset(sample + 1)
        var position = begin + sizesByteCount + slot.fixedBefore
        var variableTotal = 0
        var byteCount = slot.byteCount ?? 0
        for index in 0..<(sizesByteCount / 4) {
            let size = Int(all.loadUnaligned(fromByteOffset: begin + 4 * index, as: UInt32.self))
            if index < slot.variableBefore { position += size }
            if index == slot.variableBefore, slot.byteCount == nil { byteCount = size }
            variableTotal += size
        }
        let stated = sizesByteCount + layout.fixedByteCount + variableTotal
        guard stated == end - begin else {
            throw ShardError(
                .badShard, path, "has a sample \(sample) of \(end - begin) bytes whose columns take \(stated).",
                sample: sample)
        }
        return UnsafeRawBufferPointer(rebasing: all[position..<position + byteCount])
    }

    /// The value of a column in a sample.
    ///
    /// - Parameters:
    ///   - column: The position in `columns`.
    ///   - sample: The number of the sample in this shard.
    /// - Returns: The value, as the column's encoding spells it.
    /// - Throws: `ShardError` if there is no such value, or if its bytes are not what the encoding says.
    public func value(ofColumn column: Int, sample: Int) throws(ShardError) -> ColumnValue {
        guard columns.indices.contains(column), 0..<sampleCount ~= sample else {
            throw ShardError(.outOfRange, path, "has no column \(column) of a sample \(sample).")
        }
        let bytes = try bytes(ofColumn: column, sample: sample)
        do { return try columns[column].encoding.decode(bytes) } catch {
            throw malformed(error, column: column, sample: sample)
        }
    }

    /// All values of a sample.
    ///
    /// - Throws: `ShardError` as `value(ofColumn:sample:)` does.
    public func sample(at index: Int) throws(ShardError) -> ShardSample {
        var sample: ShardSample = [:]
        for (column, described) in columns.enumerated() {
            sample[described.name] = try value(ofColumn: column, sample: index)
        }
        return sample
    }

    /// The values of a column, stacked along axis 0.
    ///
    /// - Throws: `ShardError` if there is no such column, it has no tensor, or the samples have different shapes.
    public func tensor(ofColumn name: String) throws -> Tensor {
        let rows = ShardRows(
            columns: columns, shards: [self],
            places: (0..<sampleCount).map { ShardPlace(shard: 0, sample: Int32(truncatingIfNeeded: $0)) })
        return try rows.tensor(of: name)
    }

    func malformed(_ error: Malformed, column: Int, sample: Int) -> ShardError {
        ShardError(
            .badShard, path, "In sample \(sample), column `\(columns[column].name)` holds \(error.reason).",
            sample: sample)
    }
}
