import LeatCore

/// Compresses, hashes and writes shards, several at a time, each on a thread of its own.
final class ShardPress: Sendable {
    /// What all shards of a dataset have in common.
    struct Settings: Sendable {
        var folder: String
        var columns: [ShardColumn]
        var compression: ShardCompression
        var hashes: [ShardHash]
        var sizeLimit: Int?
    }

    private struct State {
        var running = 0
        var entries: [Int: ShardIndex.Entry] = [:]
        var error: ShardError?
    }

    private let settings: Settings
    private let threads: Int
    private let journal: ShardJournal?
    private let state: Monitor<State>

    /// A press that goes on after the given shards, and keeps a journal if it is given one.
    init(_ settings: Settings, threads: Int, journal: ShardJournal?, done: [ShardIndex.Entry]) {
        self.settings = settings
        self.threads = max(threads, 1)
        self.journal = journal
        state = Monitor(State(entries: Dictionary(uniqueKeysWithValues: zip(0..., done))))
    }

    /// Takes a shard over, as soon as there is a thread for it.
    ///
    /// - Throws: `ShardError` if one of the shards so far could not be written.
    func press(_ builder: ShardBuilder, number: Int) throws(ShardError) {
        let error: ShardError?? = state.wait { state in
            if let error = state.error { return .some(error) }
            guard state.running < threads else { return nil }
            state.running += 1
            return .some(nil)
        }
        if let error, let error { throw error }
        OwnThread.start { [self] in
            do throws(ShardError) {
                let entry = try make(builder, number)
                try journal?.note(entry, number: number)
                state.change { $0.entries[number] = entry }
            } catch {
                state.change { $0.error = $0.error ?? error }
            }
            state.change { $0.running -= 1 }
        }
    }

    /// Waits until all shards are written.
    ///
    /// - Throws: `ShardError` if one could not be.
    func finish() throws(ShardError) -> [ShardIndex.Entry] {
        let (entries, error) = settled()
        if let error { throw error }
        return entries
    }

    /// Forgets how far it had come: the dataset is complete.
    func forget() { journal?.remove() }

    /// Waits until nothing is being written, and removes what was.
    func discard() {
        for entry in settled().entries { ShardFiles.remove(ShardFiles.join(settings.folder, entry.stored.name)) }
        journal?.remove()
    }

    private func settled() -> (entries: [ShardIndex.Entry], error: ShardError?) {
        state.wait { state in
            guard state.running == 0 else { return nil }
            return (state.entries.sorted { $0.key < $1.key }.map(\.value), state.error)
        }
    }

    private func make(_ builder: ShardBuilder, _ number: Int) throws(ShardError) -> ShardIndex.Entry {
        let digits = "\(number)"
        let name = "shard." + String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits + ".mds"
        let raw: ShardMemory
        var zip: ShardMemory?
        do {
            raw = try builder.build()
            if settings.compression != .none {
                zip = try raw.withBytes { bytes throws(Malformed) in
                    try settings.compression.pack(UnsafeRawBufferPointer(bytes))
                }
            }
        } catch {
            throw ShardError(.unwritable, settings.folder, "The shard `\(name)` can't be made: \(error.reason).")
        }
        let entry = ShardIndex.Entry(
            columns: settings.columns, sampleCount: builder.sampleCount, compression: settings.compression,
            raw: described(raw, name), zip: zip.map { described($0, name + settings.compression.fileExtension) },
            hashNames: settings.hashes.map(\.rawValue), sizeLimit: settings.sizeLimit)
        try (zip ?? raw).withBytes { bytes throws(ShardError) in
            try ShardFiles.write(
                UnsafeRawBufferPointer(bytes), to: ShardFiles.join(settings.folder, entry.stored.name))
        }
        return entry
    }

    private func described(_ memory: ShardMemory, _ name: String) -> ShardIndex.File {
        memory.withBytes { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            return ShardIndex.File(
                name: name, byteCount: bytes.count,
                hashes: Dictionary(uniqueKeysWithValues: settings.hashes.map { ($0.rawValue, $0.digest(of: bytes)) }))
        }
    }
}
