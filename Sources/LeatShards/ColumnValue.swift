public import LeatCore

/// The value of one column in one sample.
public enum ColumnValue: Sendable, Equatable {
    /// A signed integer: columns `int` and `int8` to `int64`.
    case int(Int64)
    /// An unsigned integer: columns `uint8` to `uint64`.
    case uint(UInt64)
    /// A number: columns `float16` to `float64`.
    case float(Double)
    /// Text: columns `str` and `json`, and the decimal text of `str_int`, `str_float` and `str_decimal`.
    case text(String)
    /// Bytes: columns `bytes`, `jpeg` and `png`.
    case bytes([UInt8])
    /// An array: columns `ndarray`.
    case tensor(Tensor)
}

/// The values of one sample by column name.
public typealias ShardSample = [String: ColumnValue]

extension ColumnValue {
    /// The value for messages: its kind and, where it is short, itself.
    var summary: String {
        switch self {
        case .int(let value): "the integer \(value)"
        case .uint(let value): "the integer \(value)"
        case .float(let value): "the number \(value)"
        case .text(let text): "text of \(text.utf8.count) bytes"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .tensor(let tensor): "an array \(tensor)"
        }
    }
}
