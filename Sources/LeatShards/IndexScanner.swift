/// Reads the JSON of an index as writers write it, many times as fast as Foundation's decoder.
///
/// Whatever is unusual (escapes, fractions, keys that come twice or are missing, mistakes) makes a method return nil;
/// the text is then Foundation's to judge. So what is accepted here means the same to both.
struct IndexScanner {
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// Set by the first value that could not be read.
    private var hasFailed = false

    private init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The content of an index, or nil if it has anything unusual.
    static func read(_ json: [UInt8]) -> IndexText? {
        json.withUnsafeBufferPointer { bytes in
            var scanner = IndexScanner(bytes)
            guard let index = scanner.index(), scanner.peek() == nil else { return nil }
            return index
        }
    }

    // MARK: - What an index consists of

    private mutating func index() -> IndexText? {
        var (version, shards): (Int?, [IndexText.Shard]?)
        var last = Repeated()
        let isRead = object { scanner, key in
            switch key {
            case "version" where version == nil: version = scanner.integer()
            case "shards" where shards == nil: shards = scanner.array { $0.shard(&last) }
            case "version", "shards": return false
            default: return Self.text(key) != nil && scanner.skip()
            }
            return !scanner.hasFailed
        }
        guard isRead, let version, let shards else { return nil }
        return IndexText(version: version, shards: shards)
    }

    /// What is the same text in one shard after the other, and means the same each time.
    private struct Repeated {
        typealias Known<Value> = (text: UnsafeBufferPointer<UInt8>, values: [Value])?
        var hashes: Known<String> = nil
        var names: Known<String> = nil
        var encodings: Known<String> = nil
        var sizes: Known<Int?> = nil
    }

    private mutating func shard(_ last: inout Repeated) -> IndexText.Shard? {
        var (version, samples): (Int?, Int?)
        var (format, hashes): (String?, [String]?)
        var (names, encodings, sizes): ([String]?, [String]?, [Int?]?)
        var (raw, zip): (IndexText.File?, IndexText.File??)
        var (compression, limit): (String??, Int??)
        let isRead = object { scanner, key in
            switch key {
            case "version" where version == nil: version = scanner.integer()
            case "samples" where samples == nil: samples = scanner.integer()
            case "format" where format == nil: format = scanner.string()
            case "hashes" where hashes == nil: hashes = scanner.array(&last.hashes) { $0.string() }
            case "column_names" where names == nil: names = scanner.array(&last.names) { $0.string() }
            case "column_encodings" where encodings == nil: encodings = scanner.array(&last.encodings) { $0.string() }
            case "column_sizes" where sizes == nil:
                sizes = scanner.array(&last.sizes) { $0.optional { $0.integer() } }
            case "raw_data" where raw == nil: raw = scanner.file()
            case "zip_data" where zip == nil: zip = scanner.optional { $0.file() }
            case "compression" where compression == nil: compression = scanner.optional { $0.string() }
            case "size_limit" where limit == nil: limit = scanner.optional { $0.integer() }
            case "version", "samples", "format", "hashes", "column_names", "column_encodings", "column_sizes",
                "raw_data",
                "zip_data", "compression", "size_limit":
                return false
            default: return Self.text(key) != nil && scanner.skip()
            }
            return !scanner.hasFailed
        }
        guard isRead, let version, let format, let hashes, let names, let encodings, let sizes, let samples, let raw
        else { return failed() }
        return IndexText.Shard(
            version: version, format: format, compression: compression ?? nil, hashes: hashes, sizeLimit: limit ?? nil,
            columnNames: names, columnEncodings: encodings, columnSizes: sizes, samples: samples, raw: raw,
            zip: zip ?? nil)
    }

    private mutating func file() -> IndexText.File? {
        var (name, byteCount): (String?, Int?)
        var hashes: RecordedHashes?
        let isRead = object { scanner, key in
            switch key {
            case "basename" where name == nil: name = scanner.string()
            case "bytes" where byteCount == nil: byteCount = scanner.integer()
            case "hashes" where hashes == nil: hashes = scanner.hashes()
            case "basename", "bytes", "hashes": return false
            default: return Self.text(key) != nil && scanner.skip()
            }
            return !scanner.hasFailed
        }
        guard isRead, let name, let byteCount, let hashes else { return failed() }
        return IndexText.File(basename: name, bytes: byteCount, hashes: hashes)
    }

    private mutating func hashes() -> RecordedHashes? {
        var found = RecordedHashes.none
        let isRead = object { scanner, key in
            guard let digest = scanner.rawString() else { return false }
            if found.isEmpty, "xxh64" ~= key, let number = RecordedHashes.number(digest) {
                found = .one(.xxh64, number)
                return true
            }
            guard let name = Self.text(key), let digest = Self.text(digest) else { return false }
            var texts = found.texts
            guard texts.updateValue(digest, forKey: name) == nil else { return false }
            found = RecordedHashes(texts)
            return true
        }
        return isRead ? found : failed()
    }

    // MARK: - JSON

    /// The next byte that is no white space.
    private mutating func peek() -> UInt8? {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func failed<Value>() -> Value? {
        hasFailed = true
        return nil
    }

    /// The bytes of a string without escapes, whatever they are.
    private mutating func rawString() -> UnsafeBufferPointer<UInt8>? {
        guard take("\"") else { return failed() }
        let begin = position
        while position < text.count, text[position] != UInt8(ascii: "\"") {
            guard text[position] >= 0x20, text[position] != UInt8(ascii: "\\") else { return failed() }
            position += 1
        }
        guard position < text.count else { return failed() }
        position += 1
        return UnsafeBufferPointer(rebasing: text[begin..<position - 1])
    }

    /// A string without escapes.
    private mutating func string() -> String? { rawString().flatMap(Self.text) ?? failed() }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        String(validating: bytes, as: UTF8.self)
    }

    /// A whole number of up to 18 digits.
    private mutating func integer() -> Int? {
        let isNegative = take("-")
        if !isNegative { _ = peek() }
        let begin = position
        guard begin < text.count, (0x30...0x39).contains(text[begin]) else { return failed() }
        let first = text[begin]
        var value = 0
        while position < text.count, (0x30...0x39).contains(text[position]), position - begin < 19 {
            value = value &* 10 &+ Int(text[position] - 0x30)
            position += 1
        }
        let digits = position - begin
        guard digits <= 18, digits == 1 || first != 0x30 else { return failed() }
        if position < text.count, [0x2E, 0x45, 0x65].contains(text[position]) { return failed() }
        return isNegative ? -value : value
    }

    /// What `value` reads, or nil inside if there is null.
    private mutating func optional<Value>(_ value: (inout IndexScanner) -> Value?) -> Value?? {
        guard peek() == UInt8(ascii: "n") else { return value(&self).map { $0 } }
        return literal("null") ? .some(nil) : failed()
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= text.count, (0..<word.utf8CodeUnitCount).allSatisfy({ text[position + $0] == word.utf8Start[$0] })
        else { return false }
        position = end
        return true
    }

    private mutating func array<Value>(_ element: (inout IndexScanner) -> Value?) -> [Value]? {
        guard take("[") else { return failed() }
        var values: [Value] = []
        guard !take("]") else { return values }
        repeat {
            guard let value = element(&self) else { return failed() }
            values.append(value)
        } while take(",")
        return take("]") ? values : failed()
    }

    /// An array, which need not be read where its text is that of the last one.
    private mutating func array<Value>(
        _ last: inout Repeated.Known<Value>, _ element: (inout IndexScanner) -> Value?
    ) -> [Value]? {
        _ = peek()
        let begin = position
        if let last, text[begin...].starts(with: last.text) {
            position += last.text.count
            return last.values
        }
        guard let values = array(element) else { return nil }
        last = (UnsafeBufferPointer(rebasing: text[begin..<position]), values)
        return values
    }

    /// Reads an object; `member` reads the value of a key and says whether it could.
    private mutating func object(_ member: (inout IndexScanner, UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        guard take("{") else { return false }
        guard !take("}") else { return true }
        repeat {
            guard let key = rawString(), take(":"), member(&self, key) else { return false }
        } while take(",")
        return take("}")
    }

    /// Passes over a value that nobody asks for, if it is a plain one.
    private mutating func skip() -> Bool {
        switch peek() {
        case UInt8(ascii: "\""): string() != nil
        case UInt8(ascii: "t"): literal("true")
        case UInt8(ascii: "f"): literal("false")
        case UInt8(ascii: "n"): literal("null")
        default: integer() != nil
        }
    }
}

/// Whether the bytes are a word of ASCII.
private func ~= (word: StaticString, bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.count == word.utf8CodeUnitCount
        && bytes.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: bytes.count))
}
