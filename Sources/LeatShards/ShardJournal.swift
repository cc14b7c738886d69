/// Which shards of a dataset are written while others are not: what a writer goes on from that was killed.
///
/// A text file: a line that says what is being written, and a line for each shard, in the order in which they were
/// finished, with its number and an index of it alone. A line that is cut short doesn't count.
struct ShardJournal: Sendable {
    /// The name of the journal in a dataset's folder; a finished dataset has none.
    static let fileName = ".leat-writing"

    private let path: String

    /// Begins a journal, or goes on with one whose first line is `key`.
    ///
    /// - Returns: The journal, and the first shards of the dataset that it and the folder have.
    /// - Throws: `ShardError` if the file can't be read or written.
    static func open(in folder: String, key: String) throws -> (journal: ShardJournal, done: [ShardIndex.Entry]) {
        let journal = ShardJournal(path: ShardFiles.join(folder, fileName))
        let key = key.replacing("\n", with: " ")
        if ShardFiles.exists(journal.path) {
            let lines = try journal.lines()
            if lines.first == key { return (journal, journal.shards(lines.dropFirst(), in: folder)) }
        }
        var text = key + "\n"
        try text.withUTF8 { try ShardFiles.write(UnsafeRawBufferPointer($0), to: journal.path) }
        return (journal, [])
    }

    private init(path: String) { self.path = path }

    /// Notes a shard whose file is written.
    func note(_ entry: ShardIndex.Entry, number: Int) throws(ShardError) {
        let line = Array("\(number) \(ShardIndex(shards: [entry]).json)\n".utf8)
        let result: Result<Void, ShardError> = line.withUnsafeBytes { bytes in
            Result { () throws(ShardError) in try ShardFiles.append(bytes, to: path) }
        }
        try result.get()
    }

    func remove() { ShardFiles.remove(path) }

    /// The whole lines.
    private func lines() throws -> [String] {
        let (memory, _) = try ShardFiles.read(path) { _ in }
        let text = memory.withBytes { String(decoding: $0, as: UTF8.self) }
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// The shards from the first on whose files are there with the right size.
    private func shards(_ lines: some Sequence<String>, in folder: String) -> [ShardIndex.Entry] {
        var noted: [Int: ShardIndex.Entry] = [:]
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[0]),
                let index = try? ShardIndex(json: Array(parts[1].utf8), path: path), index.shards.count == 1
            else { continue }
            noted[number] = index.shards[0]
        }
        var done: [ShardIndex.Entry] = []
        while let entry = noted[done.count],
            ShardFiles.byteCount(ShardFiles.join(folder, entry.stored.name)) == entry.stored.byteCount
        {
            done.append(entry)
        }
        return done
    }
}
