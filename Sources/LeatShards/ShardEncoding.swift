public import LeatCore

/// How a column's values are written in a sample, MDS' name for it and the bytes a value takes.
public enum ShardEncoding: Sendable, Hashable {
    /// Bytes as they are.
    case bytes
    /// The bytes of an encoded image, kept as they are.
    case jpeg, png
    /// UTF-8 text.
    case str
    /// A JSON value as UTF-8 text.
    case json
    /// A number as decimal text, `str()` of a Python number.
    case strInt, strFloat, strDecimal
    /// A Python integer, 64 bits.
    case int
    /// One number.
    case scalar(DType)
    /// An array whose type and shape are the column's.
    case array(DType, Shape)
    /// An array whose type is the column's and whose shape is its own.
    case arrayOfType(DType)
    /// An array with its own type and shape.
    case anyArray

    private static let plain: [String: ShardEncoding] = [
        "bytes": .bytes, "jpeg": .jpeg, "png": .png, "str": .str, "json": .json, "str_int": .strInt,
        "str_float": .strFloat, "str_decimal": .strDecimal, "int": .int, "ndarray": .anyArray,
    ]

    /// The encoding with the given name, such as `ndarray:float32:28,28`; nil if there is none.
    public init?(name: String) {
        if let encoding = Self.plain[name] {
            self = encoding
        } else if let dtype = DType(rawValue: name) {
            self = .scalar(dtype)
        } else {
            let parts = name.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.first == "ndarray", parts.count == 2 || parts.count == 3,
                let dtype = DType(rawValue: String(parts[1]))
            else { return nil }
            guard parts.count == 3 else {
                self = .arrayOfType(dtype)
                return
            }
            let extents = parts[2].split(separator: ",", omittingEmptySubsequences: false)
                .map { Int($0.drop { $0 == " " }) ?? 0 }
            self = .array(dtype, Shape(extents))
            guard extents.allSatisfy({ $0 > 0 }), fixedByteCount != nil else { return nil }
        }
    }

    /// MDS' name of the encoding.
    public var name: String {
        switch self {
        case .bytes: "bytes"
        case .jpeg: "jpeg"
        case .png: "png"
        case .str: "str"
        case .json: "json"
        case .strInt: "str_int"
        case .strFloat: "str_float"
        case .strDecimal: "str_decimal"
        case .int: "int"
        case .scalar(let dtype): dtype.rawValue
        case .array(let dtype, let shape):
            "ndarray:\(dtype):" + shape.dimensions.map(String.init).joined(separator: ",")
        case .arrayOfType(let dtype): "ndarray:\(dtype)"
        case .anyArray: "ndarray"
        }
    }

    /// The bytes that every value takes; nil if values differ in size, or if the size does not fit a shard.
    public var fixedByteCount: Int? {
        switch self {
        case .int: return 8
        case .scalar(let dtype): return dtype.byteCount
        case .array(let dtype, let shape):
            guard let count = shape.checkedCount, count <= Int(UInt32.max) / dtype.byteCount else { return nil }
            return count * dtype.byteCount
        default: return nil
        }
    }

    /// The element type and shape of a value as a tensor where they are the same for all; a scalar's shape is `()`.
    public var fixedElement: (dtype: DType, shape: Shape)? {
        switch self {
        case .int: (.int64, [])
        case .scalar(let dtype): (dtype, [])
        case .array(let dtype, let shape): (dtype, shape)
        default: nil
        }
    }

    /// Whether the samples of this column are arrays.
    public var isArray: Bool {
        switch self {
        case .array, .arrayOfType, .anyArray: true
        default: false
        }
    }
}

extension ShardEncoding: CustomStringConvertible {
    /// MDS' name.
    public var description: String { name }
}

/// A column of a shard: a name and how its values are written.
public struct ShardColumn: Sendable, Hashable {
    /// The column's name.
    public let name: String
    /// How its values are written.
    public let encoding: ShardEncoding

    /// A column with a name and an encoding.
    public init(_ name: String, _ encoding: ShardEncoding) {
        self.name = name
        self.encoding = encoding
    }
}
