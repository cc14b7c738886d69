public import LeatCore

/// One sample of a dataset: a value for each of its columns, in the columns' order.
public struct Sample: Sendable, Equatable {
    /// What a column holds for one sample.
    public enum Value: Sendable, Equatable {
        /// An array; a number is an array of shape `()`.
        case tensor(Tensor)
        /// A text.
        case text(String)
        /// Bytes that nobody has interpreted yet, such as those of an image file.
        case bytes([UInt8])

        /// An array of shape `()`.
        public static func number<Scalar: TensorScalar>(_ value: Scalar) -> Value {
            // One element always takes the shape of a scalar.
            .tensor((try? Tensor([value], shape: [])) ?? Tensor([value]))
        }
    }

    /// The columns' names.
    public private(set) var names: [String]
    /// The columns' values, in the order of the names.
    public private(set) var values: [Value]

    /// A sample of the given columns; of two values under one name the later counts.
    public init(_ columns: KeyValuePairs<String, Value> = [:]) {
        names = []
        values = []
        for (name, value) in columns { self[name] = value }
    }

    /// A sample of the given columns, whose names differ and are as many as the values.
    package init(names: [String], values: [Value]) {
        self.names = names
        self.values = values
    }

    /// The value of a column; nil where there is no such column.
    ///
    /// Setting nil removes the column.
    public subscript(name: String) -> Value? {
        get { names.firstIndex(of: name).map { values[$0] } }
        set {
            switch (names.firstIndex(of: name), newValue) {
            case (let position?, let value?): values[position] = value
            case (let position?, nil):
                names.remove(at: position)
                values.remove(at: position)
            case (nil, let value?):
                names.append(name)
                values.append(value)
            case (nil, nil): break
            }
        }
    }

    /// The value of a column that must be there.
    ///
    /// - Throws: `PipelineError` that names the columns there are.
    public func value(_ name: String) throws(PipelineError) -> Value {
        if let value = self[name] { return value }
        throw PipelineError(
            .missingColumn, "A sample has no column '\(name)'; it has \(names.joined(separator: ", ")).")
    }

    /// The array in a column.
    ///
    /// - Throws: `PipelineError` if there is no such column or it holds something else.
    public func tensor(_ name: String) throws(PipelineError) -> Tensor {
        let value = try value(name)
        guard case .tensor(let tensor) = value else { throw Self.otherKind(name, value, "an array") }
        return tensor
    }

    /// The text in a column.
    ///
    /// - Throws: `PipelineError` if there is no such column or it holds something else.
    public func text(_ name: String) throws(PipelineError) -> String {
        let value = try value(name)
        guard case .text(let text) = value else { throw Self.otherKind(name, value, "a text") }
        return text
    }

    /// The bytes in a column.
    ///
    /// - Throws: `PipelineError` if there is no such column or it holds something else.
    public func bytes(_ name: String) throws(PipelineError) -> [UInt8] {
        let value = try value(name)
        guard case .bytes(let bytes) = value else { throw Self.otherKind(name, value, "bytes") }
        return bytes
    }

    private static func otherKind(_ name: String, _ value: Value, _ wanted: String) -> PipelineError {
        let found =
            switch value {
            case .tensor(let tensor): "the array \(tensor)"
            case .text: "a text"
            case .bytes(let bytes): "\(bytes.count) bytes"
            }
        return PipelineError(.shapeMismatch, "The column '\(name)' of a sample holds \(found), not \(wanted).")
    }
}
