import LeatCore
public import LeatPipeline

/// A `tf.train.Example`: lists of bytes, 32-bit floats or 64-bit integers by name.
public struct TFExample: Sendable, Equatable {
    /// A named list.
    public enum Feature: Sendable, Equatable {
        /// A list of byte strings.
        case bytes([[UInt8]])
        /// A list of floats.
        case floats([Float])
        /// A list of integers.
        case integers([Int64])
        /// A list whose type nobody said; it has no elements.
        case none
    }

    /// The features, in the order of their names' UTF-8 bytes.
    public private(set) var features: [(name: String, feature: Feature)]

    /// An example of the given features.
    public init(_ features: [String: Feature]) {
        self.features = features.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { ($0.key, $0.value) }
    }

    /// The example in a record.
    ///
    /// - Throws: `FormatError` if the bytes are no `tf.train.Example`; `name` is what it calls them.
    public init(_ record: [UInt8], name: String = "A record") throws {
        var features: [String: Feature] = [:]
        do {
            try record.withUnsafeBytes { bytes in
                try Self.forEachMessage(1, in: bytes[...]) { list in
                    try Self.forEachMessage(1, in: list) { entry in
                        let (name, feature) = try Self.entry(entry)
                        features[name] = feature
                    }
                }
            }
        } catch is ProtobufReader.Malformed {
            throw FormatError(.corrupt, "\(name) is no tf.train.Example: its protocol buffers are malformed.")
        }
        self.init(features)
    }

    /// Whether both have the same features with the same elements.
    public static func == (a: TFExample, b: TFExample) -> Bool {
        a.features.elementsEqual(b.features) { $0.name == $1.name && $0.feature == $1.feature }
    }

    private static func forEachMessage(
        _ wanted: Int, in bytes: Slice<UnsafeRawBufferPointer>, _ body: (Slice<UnsafeRawBufferPointer>) throws -> Void
    ) throws {
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard number == wanted else { continue }
            guard case .bytes(let message) = value else { throw ProtobufReader.Malformed() }
            try body(message)
        }
    }

    private static func entry(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> (String, Feature) {
        var name = ""
        var feature = Feature.none
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard number <= 2 else { continue }
            guard case .bytes(let content) = value else { throw ProtobufReader.Malformed() }
            if number == 1 {
                guard let text = String(validating: content, as: UTF8.self) else { throw ProtobufReader.Malformed() }
                name = text
            } else {
                feature = try self.feature(content)
            }
        }
        return (name, feature)
    }

    private static func feature(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> Feature {
        var feature = Feature.none
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard (1...3).contains(number) else { continue }
            guard case .bytes(let list) = value else { throw ProtobufReader.Malformed() }
            switch number {
            case 1:
                var elements: [[UInt8]] = []
                try forEachMessage(1, in: list) { elements.append(Array($0)) }
                feature = .bytes(elements)
            case 2: feature = .floats(try floats(list))
            default: feature = .integers(try integers(list))
            }
        }
        return feature
    }

    /// Numbers are packed into one field or have a field each; both are read.
    private static func floats(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> [Float] {
        var elements: [Float] = []
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard number == 1 else { continue }
            switch value {
            case .fixed32(let bits): elements.append(Float(bitPattern: bits))
            case .bytes(let packed):
                guard packed.count % 4 == 0 else { throw ProtobufReader.Malformed() }
                var inner = ProtobufReader(packed)
                elements.reserveCapacity(elements.count + packed.count / 4)
                while !inner.isAtEnd {
                    elements.append(Float(bitPattern: UInt32(truncatingIfNeeded: try inner.fixed(4))))
                }
            default: throw ProtobufReader.Malformed()
            }
        }
        return elements
    }

    private static func integers(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> [Int64] {
        var elements: [Int64] = []
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard number == 1 else { continue }
            switch value {
            case .varint(let bits): elements.append(Int64(bitPattern: bits))
            case .bytes(let packed):
                var inner = ProtobufReader(packed)
                while !inner.isAtEnd { elements.append(Int64(bitPattern: try inner.varint())) }
            default: throw ProtobufReader.Malformed()
            }
        }
        return elements
    }
}

extension TFExample {
    /// The record that TensorFlow would read this example from.
    public var encoded: [UInt8] {
        var list = ProtobufWriter()
        for (name, feature) in features {
            var entry = ProtobufWriter()
            entry.field(1, Array(name.utf8))
            entry.field(2, feature.encoded)
            list.field(1, entry.bytes)
        }
        var example = ProtobufWriter()
        example.field(1, list.bytes)
        return example.bytes
    }

    /// An example of a sample's columns: texts and bytes are lists of one, arrays lists of all their elements.
    ///
    /// - Throws: `TensorError` if an array is damaged.
    public init(_ sample: Sample) throws {
        var features: [String: Feature] = [:]
        for (name, value) in zip(sample.names, sample.values) {
            features[name] =
                switch value {
                case .text(let text): .bytes([Array(text.utf8)])
                case .bytes(let bytes): .bytes([bytes])
                case .tensor(let tensor):
                    tensor.dtype.isFloatingPoint
                        ? .floats(try tensor.converted(to: .float32).elements())
                        : .integers(try tensor.converted(to: .int64).elements())
                }
        }
        self.init(features)
    }
}

extension TFExample.Feature {
    fileprivate var encoded: [UInt8] {
        var list = ProtobufWriter()
        var feature = ProtobufWriter()
        switch self {
        case .none: return []
        case .bytes(let elements):
            for element in elements { list.field(1, element) }
            feature.field(1, list.bytes)
        case .floats(let elements):
            if !elements.isEmpty {
                list.field(
                    1, elements.flatMap { float in withUnsafeBytes(of: float.bitPattern.littleEndian) { Array($0) } })
            }
            feature.field(2, list.bytes)
        case .integers(let elements):
            var packed = ProtobufWriter()
            for element in elements { packed.varint(UInt64(bitPattern: element)) }
            if !elements.isEmpty { list.field(1, packed.bytes) }
            feature.field(3, list.bytes)
        }
        return feature.bytes
    }
}
