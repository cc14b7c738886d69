public import LeatPipeline

/// Writes a TFRecord file, which appears under its name only when it is closed.
///
/// A path that ends in `.gz` is compressed as TensorFlow's `compression_type="GZIP"` is.
public final class TFRecordWriter {
    private let file: OutputFile

    /// A writer of the file at the path.
    ///
    /// - Throws: `FormatError` if it can't be written.
    public init(_ path: String) throws { file = try OutputFile(path) }

    /// Adds a record.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public func append(_ record: [UInt8]) throws {
        let length = Self.littleEndian(UInt64(record.count))
        try file.write(length + Self.littleEndian(TFRecordParser.maskedChecksum(length)))
        try file.write(record)
        try file.write(Self.littleEndian(TFRecordParser.maskedChecksum(record)))
    }

    /// Adds a sample as a `tf.train.Example`.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public func append(_ sample: Sample) throws { try append(TFExample(sample).encoded) }

    /// Ends the file and gives it its name.
    ///
    /// - Throws: `FormatError` if it can't be written.
    public func close() throws { try file.close() }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
