import LeatCore
import LeatHDF5

extension SampleSource {
    /// The datasets of an HDF5 file that count samples: those with an axis, or those that are wanted.
    static func hdf5Reader(_ path: String, _ wanted: [String]?) throws -> any SampleReader {
        do {
            let file = try HDF5File(path)
            let known = try file.datasetNames()
            if let missing = wanted?.first(where: { !known.contains($0) }) {
                throw FormatError(
                    .missing, "'\(path)' has no dataset '\(missing)'; it has \(known.joined(separator: ", ")).")
            }
            let datasets = try (wanted ?? known).map { try file.dataset($0) }.filter { $0.shape.rank > 0 }
            return try ArraysReader(datasets.map { ($0.name, HDF5ColumnReader($0)) }, path: path)
        } catch let error as HDF5Error {
            throw FormatError(error)
        }
    }
}

/// Reads the rows of a dataset one block after the other.
private final class HDF5ColumnReader: ColumnReader {
    let kind: ColumnKind
    var count: Int { dataset.count }

    private let dataset: HDF5Dataset
    private var position = 0

    init(_ dataset: HDF5Dataset) {
        self.dataset = dataset
        kind =
            switch dataset.element {
            case .number(let dtype): .numbers(dtype, dataset.shape.droppingFirst)
            case .text: .text
            }
    }

    func read(_ limit: Int) throws -> Column {
        let range = position..<min(position + max(0, limit), count)
        do {
            defer { position = range.upperBound }
            return kind == .text ? .text(try dataset.texts(range)) : .numbers(try dataset.rows(range))
        } catch let error as HDF5Error {
            throw FormatError(error)
        }
    }
}

extension FormatError {
    /// What libhdf5's target says, in this one's words.
    fileprivate init(_ error: HDF5Error) {
        let code: Code =
            switch error.code {
            case .unreadable: .unreadable
            case .corrupt: .corrupt
            case .missing: .missing
            case .unsupported: .unsupported
            }
        self.init(code, error.message)
    }
}
