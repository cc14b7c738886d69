import LeatCore
import LeatPipeline

/// What a name of the objects in a file of JSON lines turns out to hold.
///
/// Whole numbers are `int64`, numbers `float64` (null and missing are NaN), true and false `uint8`, texts texts, objects
/// their JSON as text. Lists of numbers, nested evenly, are arrays: of one shape if all are, else of their own.
struct JSONColumnType {
    /// What a value is, as far as columns tell values apart.
    enum Kind: Hashable {
        case integers, numbers, booleans, text, object
    }

    let name: String
    private(set) var kind: Kind?
    private(set) var shape: Shape?
    private var isEven = true
    private var isArray = false
    private var count = 0
    private var hasNull = false

    init(name: String) { self.name = name }

    /// Takes a value into account; a sentence's end that says what is wrong with it, if something is.
    mutating func include(_ value: JSONValue) -> String? {
        count += 1
        switch value {
        case .null:
            hasNull = true
            return nil
        case .list:
            guard let array = JSONArray(value) else { return "is a list that is no array of numbers" }
            return include(array.kind, array.shape, isArray: true)
        default: return include(Kind(value), [], isArray: false)
        }
    }

    private mutating func include(_ new: Kind?, _ newShape: Shape, isArray isNewArray: Bool) -> String? {
        guard let old = shape else {
            (kind, shape, isArray) = (new, newShape, isNewArray)
            return nil
        }
        guard isArray == isNewArray else { return "is a list here and no list elsewhere" }
        isEven = isEven && old == newShape
        switch (kind, new) {
        case (let known, let found) where known == found || found == nil: break
        case (nil, _): kind = new
        case (.integers, .numbers), (.numbers, .integers): kind = .numbers
        default: return "is of another kind than before"
        }
        return nil
    }

    /// The kind of the column; nil if it has no meaning, with what is wrong.
    func columnKind(recordCount: Int) -> Result<ColumnKind, FormatError.Reason> {
        let isComplete = count == recordCount && !hasNull
        guard let shape else { return .failure("is null in all records") }
        switch kind {
        case .text?, .object?: return isComplete ? .success(.text) : .failure("is missing in some records")
        case let kind:
            let dtype = dtype(kind, isComplete: isComplete)
            if isArray {
                // A list without elements can't be told from one of another depth.
                return .success(isEven && isComplete && shape.count > 0 ? .numbers(dtype, shape) : .ragged(dtype))
            }
            guard isComplete || dtype == .float64 else { return .failure("is missing in some records") }
            return .success(.numbers(dtype, []))
        }
    }

    private func dtype(_ kind: Kind?, isComplete: Bool) -> DType {
        switch kind {
        case .booleans: .uint8
        case .integers: isComplete || isArray ? .int64 : .float64
        default: .float64
        }
    }
}

extension JSONColumnType.Kind {
    /// The kind of a value that is neither null nor a list.
    init?(_ value: JSONValue) {
        switch value {
        case .bool: self = .booleans
        case .integer: self = .integers
        case .number: self = .numbers
        case .text: self = .text
        case .object: self = .object
        case .null, .list: return nil
        }
    }
}

/// Nested lists of numbers of one shape.
struct JSONArray {
    /// Nil where there are no elements.
    private(set) var kind: JSONColumnType.Kind?
    private(set) var shape: Shape
    private var elements: [Double] = []
    private var integers: [Int64] = []

    /// Nil if lists of one depth differ in length, or an element is no number, true or false.
    init?(_ value: JSONValue) {
        var extents: [Int] = []
        var level = value
        while case .list(let values) = level {
            extents.append(values.count)
            guard let first = values.first else { break }
            level = first
        }
        shape = Shape(extents)
        guard add(value, depth: 0) else { return nil }
    }

    private mutating func add(_ value: JSONValue, depth: Int) -> Bool {
        if case .list(let values) = value {
            guard depth < shape.rank, values.count == shape[depth] else { return false }
            for value in values where !add(value, depth: depth + 1) { return false }
            return true
        }
        guard depth == shape.rank, let found = JSONColumnType.Kind(value) else { return false }
        switch value {
        case .integer(let value):
            integers.append(value)
            elements.append(Double(value))
        case .number(let value):
            integers.append(0)
            elements.append(value)
        case .bool(let value):
            integers.append(value ? 1 : 0)
            elements.append(value ? 1 : 0)
        default: return false
        }
        if kind == nil || kind == .integers && found == .numbers { kind = found }
        return kind == found || kind == .numbers && found == .integers
    }

    /// The array with elements of the given type.
    func tensor(_ dtype: DType) throws -> Tensor {
        dtype == .float64
            ? try Tensor(elements, shape: shape) : try Tensor(integers, shape: shape).converted(to: dtype)
    }
}
