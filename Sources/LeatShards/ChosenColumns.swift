/// Which columns of a dataset become inputs, targets and sample weights.
struct ChosenColumns: Equatable {
    var inputs: String
    var targets: String?
    var sampleWeights: String?

    /// The named columns, or those that the usual names and the columns' kinds suggest.
    ///
    /// - Throws: `ShardError` if a named column is missing or has no tensor, or if there is no telling which are the inputs.
    init(
        _ columns: [ShardColumn], inputs: String?, targets: String?, sampleWeights: String?, folder: String
    ) throws(ShardError) {
        guard !columns.isEmpty else { throw ShardError(.badColumn, folder, "has no shards, and so no columns.") }
        func known(_ name: String) -> String? { columns.contains { $0.name == name } ? name : nil }
        self.targets = targets ?? known("y")
        self.sampleWeights = sampleWeights ?? known("sample_weight")
        if let chosen = inputs ?? known("x") {
            self.inputs = chosen
        } else {
            let taken = [self.targets, self.sampleWeights]
            let arrays = columns.filter { $0.encoding.isArray && !taken.contains($0.name) }
            guard arrays.count == 1 else {
                throw ShardError(
                    .badColumn, folder,
                    "has no column `x` and not exactly one column of arrays; name the inputs among \(Self.list(columns))."
                )
            }
            self.inputs = arrays[0].name
        }
        for name in [self.inputs, self.targets, self.sampleWeights].compactMap(\.self) {
            guard let column = columns.first(where: { $0.name == name }) else {
                throw ShardError(.badColumn, folder, "has no column `\(name)`; it has \(Self.list(columns)).")
            }
            guard column.encoding.hasTensor else {
                throw ShardError(
                    .badColumn, folder,
                    "has a column `\(name)` of \(column.encoding), of which no tensor can be made; "
                        + "read it with sample(at:).")
            }
        }
    }

    private static func list(_ columns: [ShardColumn]) -> String {
        columns.map { "`\($0.name)` (\($0.encoding))" }.joined(separator: ", ")
    }
}

extension ShardEncoding {
    /// Whether the values of a batch can be put into one tensor.
    var hasTensor: Bool {
        switch self {
        case .bytes, .jpeg, .png, .str, .json: false
        default: true
        }
    }
}
