import LeatCore
public import LeatPipeline

/// Uncompressed tar archives of WebDataset's form whose samples are read by number.
///
/// The archives are walked through once, from header to header, to learn where every file is; contents are read when
/// they are asked for. A sample has the fields that are in the archive for it, and `__key__`.
public struct TarDataset: SampleSequence {
    private struct Field {
        var name: UInt16
        var offset: Int
        var size: Int
    }

    private let files: RecordFiles
    /// The fields' names; a field is a number in this list.
    private let names: [String]
    private let kinds: [TarFieldKind]
    private let fields: [Field]
    /// Where the fields of each sample begin, and the end.
    private let starts: [Int]
    private let keys: [String]
    /// The number of the first sample in each archive, and the number of all.
    private let firsts: [Int]

    /// The archive at the path, those of a folder, or of a pattern such as `train-{000..099}.tar`.
    ///
    /// - Throws: `FormatError` if there is none, or one is compressed, can't be read or is damaged.
    public init(_ path: String) throws { try self.init(FileList.files(path) { $0.lowercased().hasSuffix(".tar") }) }

    /// The archives at the paths, one after another.
    ///
    /// - Throws: `FormatError` if one is compressed, can't be read or is damaged.
    public init(_ paths: [String]) throws {
        var names: [String: UInt16] = [:]
        var fields: [Field] = []
        var starts: [Int] = []
        var keys: [String] = []
        var firsts: [Int] = []
        for path in paths {
            firsts.append(keys.count)
            guard let file = try openSource(path) as? FileSource else {
                throw FormatError(
                    .unsupported, "'\(path)' is compressed, so that its samples can't be read by number; stream it.")
            }
            var parser = TarParser(file)
            while let entry = try parser.next() {
                guard let name = TarFieldName(entry.name) else { continue }
                if keys.count == firsts.last || keys.last != name.key {
                    keys.append(name.key)
                    starts.append(fields.count)
                }
                guard let number = names[name.field] ?? UInt16(exactly: names.count) else {
                    throw FormatError(.unsupported, "'\(path)' has over 65536 different extensions.")
                }
                names[name.field] = number
                guard !fields[(starts.last ?? 0)...].contains(where: { $0.name == number }) else {
                    throw FormatError(
                        .corrupt, "'\(name.key)' in '\(path)' has two files of the field '\(name.field)'.")
                }
                fields.append(Field(name: number, offset: entry.offset, size: entry.size))
            }
        }
        files = RecordFiles(paths)
        self.names = names.sorted { $0.value < $1.value }.map(\.key)
        kinds = self.names.map { TarFieldKind(field: $0) }
        self.fields = fields
        self.starts = starts + [fields.count]
        self.keys = keys
        self.firsts = firsts + [keys.count]
    }

    /// The number of samples.
    public var count: Int { keys.count }

    /// The fields that samples have, in the order in which they were met.
    public var fieldNames: [String] { names }

    /// The archive, and the sample's number in it.
    public func place(of number: Int) -> SamplePlace { files.place(of: number, firsts: firsts) }

    /// The samples with the given numbers.
    ///
    /// - Throws: `FormatError` if there is no such sample, or an archive can't be read or has changed.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        try numbers.map { number in
            guard keys.indices.contains(number) else {
                throw FormatError(.missing, "There is no sample \(number) in tar archives of \(count) samples.")
            }
            let file = firsts.positionOfRun(containing: number)
            var sample = Sample([TarSamples.keyColumn: .text(keys[number])])
            for field in fields[starts[number]..<starts[number + 1]] {
                let bytes = try files.bytes(ofFile: file, at: field.offset, field.size)
                let name = names[Int(field.name)]
                sample[name] = try kinds[Int(field.name)].value(
                    bytes, name: "'\(keys[number]).\(name)' in '\(files.paths[file])'")
            }
            return sample
        }
    }
}

extension [Int] {
    /// In a list of where runs begin, with the end of the last: the last run that begins at or before the number.
    func positionOfRun(containing number: Int) -> Int {
        var low = 0
        var high = count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle] <= number { low = middle } else { high = middle }
        }
        return low
    }
}
