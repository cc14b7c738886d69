import LeatCore

/// What a feature turns out to hold, over all records.
struct TFColumnType {
    let name: String
    private var dtype: DType?
    private var isBytes = false
    private var lengths: ClosedRange<Int>?
    private var recordCount = 0
    private var isJPEG = true
    private var isPNG = true

    init(name: String) { self.name = name }

    /// Takes a record's list into account.
    ///
    /// - Throws: `FormatError` if it is of another type than before, or a list of several byte strings.
    mutating func include(_ feature: TFExample.Feature, record: Int, path: String) throws {
        let length: Int
        switch feature {
        case .none: return
        case .floats(let elements): length = try include(.float32, elements.count, record, path)
        case .integers(let elements): length = try include(.int64, elements.count, record, path)
        case .bytes(let elements):
            guard elements.count <= 1 else {
                throw FormatError(
                    .unsupported,
                    "The feature '\(name)' of record \(record) in '\(path)' is a list of \(elements.count) byte strings; "
                        + "one has a meaning. Leave it out by choosing columns.")
            }
            guard dtype == nil else { throw mixed(record, path) }
            isBytes = true
            length = elements.count
            let content = elements.first ?? []
            isJPEG = isJPEG && ImageKind(content) == .jpeg
            isPNG = isPNG && ImageKind(content) == .png
        }
        lengths = lengths.map { min($0.lowerBound, length)...max($0.upperBound, length) } ?? length...length
        recordCount += 1
    }

    private mutating func include(_ type: DType, _ length: Int, _ record: Int, _ path: String) throws -> Int {
        // An empty list says nothing of its type that could be wrong.
        guard !isBytes, dtype == nil || dtype == type || length == 0 else { throw mixed(record, path) }
        if dtype == nil || length > 0 { dtype = type }
        return length
    }

    private func mixed(_ record: Int, _ path: String) -> FormatError {
        FormatError(.corrupt, "The feature '\(name)' is of another type in record \(record) of '\(path)' than before.")
    }

    /// The kind of the column.
    ///
    /// - Throws: `FormatError` if no record said what it holds.
    func kind(recordCount total: Int, path: String) throws -> ColumnKind {
        let isComplete = recordCount == total
        if isBytes { return !isComplete ? .bytes : isJPEG ? .jpeg : isPNG ? .png : .bytes }
        guard let dtype, let lengths else {
            throw FormatError(
                .unsupported, "The feature '\(name)' has no values in '\(path)'; choose columns without it.")
        }
        guard isComplete, lengths.lowerBound == lengths.upperBound, lengths.lowerBound > 0 else {
            return .ragged(dtype)
        }
        return .numbers(dtype, lengths.lowerBound == 1 ? [] : [lengths.lowerBound])
    }
}
