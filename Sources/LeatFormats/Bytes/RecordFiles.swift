import LeatCore
import LeatPipeline
import Synchronization

/// Files from which pieces are read at any offset; a few of them are open at a time, however many there are.
final class RecordFiles: Sendable {
    let paths: [String]
    private let open = Lock<[(file: Int, source: FileSource)]>([])

    private static let mostOpen = 16

    init(_ paths: [String]) { self.paths = paths }

    /// The file with the given number.
    ///
    /// - Throws: `FormatError` if it can't be opened.
    func source(_ file: Int) throws -> FileSource {
        let known = open.withLock { open -> FileSource? in
            guard let place = open.lastIndex(where: { $0.file == file }) else { return nil }
            let entry = open.remove(at: place)
            open.append(entry)
            return entry.source
        }
        if let known { return known }
        let source = try FileSource(paths[file])
        open.withLock { open in
            if open.count >= Self.mostOpen { open.removeFirst() }
            open.append((file, source))
        }
        return source
    }

    /// Where a record is, given the number of the first one in each file and the number of all.
    func place(of number: Int, firsts: [Int]) -> SamplePlace {
        guard let count = firsts.last, 0..<count ~= number else { return SamplePlace(sample: number) }
        let file = firsts.positionOfRun(containing: number)
        return SamplePlace(file: paths[file], sample: number - firsts[file])
    }

    /// Bytes of a file.
    ///
    /// - Throws: `FormatError` if the file ends before or can't be read.
    func bytes(ofFile file: Int, at offset: Int, _ count: Int) throws -> [UInt8] {
        try source(file).bytes(at: offset, count)
    }
}
