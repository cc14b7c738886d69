/// Where columns are in a sample: the same for all shards with these columns.
final class ShardLayout: Sendable {
    /// Where a column is in a sample, as far as it is the same in all samples.
    struct Slot {
        /// The bytes of the fixed columns before it.
        var fixedBefore: Int
        /// The number of variable columns before it.
        var variableBefore: Int
        /// The column's size; nil for a variable column.
        var byteCount: Int?
    }

    /// The columns in the order of their bytes in a sample.
    let columns: [ShardColumn]
    let slots: [Slot]
    /// The bytes before a sample's columns that state the sizes of variable ones.
    let sizesByteCount: Int
    /// The bytes of all fixed columns together.
    let fixedByteCount: Int

    init(_ columns: [ShardColumn]) {
        self.columns = columns
        var slots: [Slot] = []
        var fixed = 0
        var variable = 0
        for column in columns {
            let size = column.encoding.fixedByteCount
            slots.append(Slot(fixedBefore: fixed, variableBefore: variable, byteCount: size))
            if let size { fixed += size } else { variable += 1 }
        }
        self.slots = slots
        sizesByteCount = 4 * variable
        fixedByteCount = fixed
    }
}
