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
        let isRead = object { scanner, key in
            switch key {
            case "version" where version == nil: version = scanner.integer()
            case "shards" where shards == nil: shards = scanner.array { $0.shard() }
            case "version", "shards": return false
            default: return scanner.skip()
            }
            return !scanner.hasFailed
        }
        guard isRead, let version, let shards else { return nil }
        return IndexText(version: version, shards: shards)
    }

    private mutating func shard() -> IndexText.Shard? {
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
            case "hashes" where hashes == nil: hashes = scanner.array { $0.string() }
            case "column_names" where names == nil: names = scanner.array { $0.string() }
            case "column_encodings" where encodings == nil: encodings = scanner.array { $0.string() }
            case "column_sizes" where sizes == nil: sizes = scanner.array { $0.optional { $0.integer() } }
            case "raw_data" where raw == nil: raw = scanner.file()
            case "zip_data" where zip == nil: zip = scanner.optional { $0.file() }
            case "compression" where compression == nil: compression = scanner.optional { $0.string() }
            case "size_limit" where limit == nil: limit = scanner.optional { $0.integer() }
            case "version", "samples", "format", "hashes", "column_names", "column_encodings", "column_sizes",
                "raw_data",
                "zip_data", "compression", "size_limit":
                return false
            default: return scanner.skip()
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
        var hashes: [String: String]?
        let isRead = object { scanner, key in
            switch key {
            case "basename" where name == nil: name = scanner.string()
            case "bytes" where byteCount == nil: byteCount = scanner.integer()
            case "hashes" where hashes == nil:
                var found: [String: String] = [:]
                guard scanner.object({ $0.add($1, to: &found) }) else { return false }
                hashes = found
            case "basename", "bytes", "hashes": return false
            default: return scanner.skip()
            }
            return !scanner.hasFailed
        }
        guard isRead, let name, let byteCount, let hashes else { return failed() }
        return IndexText.File(basename: name, bytes: byteCount, hashes: hashes)
    }

    private mutating func add(_ key: String, to hashes: inout [String: String]) -> Bool {
        guard let value = string() else { return false }
        return hashes.updateValue(value, forKey: key) == nil
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

    /// A string without escapes.
    private mutating func string() -> String? {
        guard take("\"") else { return failed() }
        let begin = position
        while position < text.count, text[position] != UInt8(ascii: "\"") {
            guard text[position] >= 0x20, text[position] != UInt8(ascii: "\\") else { return failed() }
            position += 1
        }
        guard position < text.count,
            let string = String(validating: UnsafeBufferPointer(rebasing: text[begin..<position]), as: UTF8.self)
        else { return failed() }
        position += 1
        return string
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

    /// Reads an object; `member` reads the value of a key and says whether it could.
    private mutating func object(_ member: (inout IndexScanner, String) -> Bool) -> Bool {
        guard take("{") else { return false }
        guard !take("}") else { return true }
        repeat {
            guard let key = string(), take(":"), member(&self, key) else { return false }
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
