import LeatCore
public import LeatPipeline

/// Datasets of an HDF5 file side by side, whose rows are samples read by number.
///
/// Neighbouring rows are read at once, scattered ones one by one: for chunks and hard disks, shuffle whole batches
/// rather than samples, as a loader's or `fitGenerator`'s `shuffle: true` does. It is Keras' `shuffle="batch"`.
public struct HDF5Samples: SampleSequence {
    private let path: String
    private let names: [String]
    private let datasets: [HDF5Dataset]

    /// The datasets of the file at the path.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - columns: The datasets' names or paths, which are the columns' names; nil for all.
    /// - Throws: `HDF5Error` if the file can't be read, a dataset is missing, or their lengths differ.
    public init(_ path: String, columns: [String]? = nil) throws {
        self.path = path
        let file = try HDF5File(path)
        names = try columns ?? file.datasetNames()
        datasets = try names.map { try file.dataset($0) }
        guard let first = datasets.first else { throw HDF5Error(.missing, "'\(path)' has no datasets.") }
        if let odd = datasets.first(where: { $0.shape.rank == 0 || $0.count != first.count }) {
            throw HDF5Error(
                .corrupt,
                "The datasets of '\(path)' are of different lengths: '\(first.name)' has \(first.shape) and "
                    + "'\(odd.name)' has \(odd.shape); choose those that belong together by name.")
        }
    }

    /// The number of rows.
    public var count: Int { datasets.first?.count ?? 0 }

    /// The file, and the row in its datasets.
    public func place(of number: Int) -> SamplePlace { SamplePlace(file: path, sample: number) }

    /// The rows with the given numbers.
    ///
    /// - Throws: `HDF5Error` if there is no such row, or the file can't be read.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        var samples: [Sample] = []
        samples.reserveCapacity(numbers.count)
        if let odd = numbers.first(where: { !(0..<count).contains($0) }) {
            throw HDF5Error(.missing, "There is no row \(odd) in datasets of \(count).")
        }
        for run in numbers.runs {
            let columns = try datasets.map { try $0.values(run) }
            for row in 0..<run.count { samples.append(Sample(names: names, values: columns.map { $0[row] })) }
        }
        return samples
    }
}

extension HDF5Dataset {
    fileprivate func values(_ range: Range<Int>) throws -> [Sample.Value] {
        if element == .text { return try texts(range).map { .text($0) } }
        let rows = try rows(range)
        return try (0..<range.count).map { .tensor(try rows[$0]) }
    }
}
