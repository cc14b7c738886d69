import LeatCore
import Synchronization

/// How much of a shard is checked before its samples are used.
///
/// Sizes, offsets and the compression's own checks are always verified.
public enum ShardVerification: String, Sendable, Hashable, Codable {
    /// One recorded hash, the fastest that Leat computes, of the stored file when a shard is first used; of the unpacked
    /// shard where only that has one. A file that has not changed since is not hashed again.
    ///
    /// A dataset that records nothing but hashes unknown to Leat is refused.
    case recordedHashes
    /// No hashes.
    case sizesOnly
    /// All recorded hashes that Leat computes, of the stored and of the unpacked file, each time.
    case everyHash
}

/// Reads, verifies and unpacks the shards of one dataset; all of it blocks.
final class ShardLoader: Sendable {
    let folder: String
    let index: ShardIndex
    let verification: ShardVerification
    private let pool: ShardMemoryPool
    private let shared: (any SharedShardMemory)?
    /// The layout of the first shard's columns, which are all shards'.
    private let layout: ShardLayout
    private let verified = Lock<[Int: ShardFiles.Identity]>([:])

    /// A loader of the dataset in a folder, used by so many threads at a time, which shares shards with other processes
    /// if there is memory for that.
    ///
    /// - Throws: `ShardError` if hashes are to be verified and some shard has only such as Leat does not compute.
    init(
        folder: String, index: ShardIndex, verification: ShardVerification, threads: Int = 1,
        shared: (any SharedShardMemory)? = nil
    ) throws(ShardError) {
        self.shared = shared
        // One block of each thread is for a file, one for what it unpacks to where that is not shared memory.
        pool = ShardMemoryPool(mostIdle: shared == nil ? 2 * threads : threads)
        self.folder = folder
        self.index = index
        layout = ShardLayout(index.columns)
        self.verification = verification
        guard verification == .recordedHashes else { return }
        for entry in index.shards {
            let recorded = entry.stored.recorded.isEmpty ? entry.raw.recorded : entry.stored.recorded
            guard case .texts(let hashes) = recorded, Self.computable(hashes).isEmpty else { continue }
            throw ShardError(
                .unknownHash, ShardFiles.join(folder, entry.stored.name),
                "is protected by \(hashes.keys.sorted().joined(separator: ", ")) alone, which Leat does not compute; "
                    + "open the dataset with the verification `sizesOnly` to read it unverified.")
        }
    }

    private static func computable(_ hashes: [String: String]) -> [ShardHash] {
        ShardHash.fastestFirst.filter { hashes[$0.rawValue] != nil }
    }

    /// The shard with the given number; nil if another process is loading it and the caller would rather do something
    /// else meanwhile, as `postpone` says.
    ///
    /// - Throws: `ShardError` if a file is not what the index says.
    func load(
        _ number: Int, _ scratch: ShardScratch, postpone: () -> Bool
    ) throws(ShardError) -> Shard? {
        guard let shared else { return try load(number, scratch) }
        let entry = index.shards[number]
        var claim = shared.claim(number, byteCount: entry.raw.byteCount, waits: false)
        if case .busy = claim {
            if postpone() { return nil }
            claim = shared.claim(number, byteCount: entry.raw.byteCount, waits: true)
        }
        switch claim {
        case .ready(let memory):
            return try shard(memory, entry, ShardFiles.join(folder, entry.stored.name))
        case .fill(let filling):
            let (content, shard): (Content, Shard)
            do throws(ShardError) {
                content = try self.content(entry, number, scratch, filling.memory)
                // Others are given nothing that has not been looked through.
                shard = try finished(content, entry, number, content.memory)
            } catch {
                shared.abandon(filling)
                throw error
            }
            guard let memory = shared.publish(filling, content.memory) else { return shard }
            return try self.shard(memory, entry, content.path)
        case .busy, .none: return try load(number, scratch)
        }
    }

    /// The shard with the given number.
    ///
    /// Where a compressed file is missing but the unpacked one is there, as in Streaming's local caches, that is read.
    ///
    /// - Throws: `ShardError` if a file is not what the index says.
    func load(_ number: Int, _ scratch: ShardScratch) throws(ShardError) -> Shard {
        let entry = index.shards[number]
        let content = try content(entry, number, scratch)
        return try finished(content, entry, number, content.memory)
    }

    /// A shard's bytes, unpacked and verified, where they come from, and which file that is if it was verified.
    private struct Content {
        var memory: ShardMemory
        var path: String
        var identity: ShardFiles.Identity?
    }

    /// The shard of that content, which may have been copied elsewhere.
    private func finished(
        _ content: Content, _ entry: ShardIndex.Entry, _ number: Int, _ memory: ShardMemory
    ) throws(ShardError) -> Shard {
        let shard = try shard(memory, entry, content.path)
        if let identity = content.identity { verified.withLock { $0[number] = identity } }
        return shard
    }

    private func shard(
        _ memory: ShardMemory, _ entry: ShardIndex.Entry, _ path: String
    ) throws(ShardError) -> Shard {
        let layout = entry.columns == layout.columns ? layout : ShardLayout(entry.columns)
        return try Shard(memory: memory, layout: layout, sampleCount: entry.sampleCount, path: path)
    }

    /// The content of a shard, in the given memory if there is one.
    private func content(
        _ entry: ShardIndex.Entry, _ number: Int, _ scratch: ShardScratch, _ place: ShardMemory? = nil
    ) throws(ShardError) -> Content {
        let path = ShardFiles.join(folder, entry.stored.name)
        guard entry.zip != nil else {
            let raw = try read(entry.raw, number, at: path, into: place)
            return Content(memory: raw.memory, path: path, identity: raw.identity)
        }
        let stored: Stored
        do throws(ShardError) { stored = try read(entry.stored, number, at: path, scratch: scratch) } catch {
            guard error.code == .unreadable, !ShardFiles.exists(path) else { throw error }
            return try unpackedContent(entry, number, place, orThrow: error)
        }
        let memory = try unpack(stored.memory, into: place, entry, path)
        if verification == .everyHash || entry.stored.recorded.isEmpty, !stored.wasVerified {
            try check(memory, against: entry.raw, path)
        }
        return Content(memory: memory, path: path, identity: stored.identity)
    }

    /// The content of the unpacked file where the compressed one is missing.
    private func unpackedContent(
        _ entry: ShardIndex.Entry, _ number: Int, _ place: ShardMemory?, orThrow missing: ShardError
    ) throws(ShardError) -> Content {
        let path = ShardFiles.join(folder, entry.raw.name)
        guard ShardFiles.exists(path) else { throw missing }
        guard verification == .sizesOnly || entry.stored.recorded.isEmpty || !entry.raw.recorded.isEmpty else {
            throw ShardError(
                .unknownHash, path,
                "can't be verified: hashes are recorded of \(entry.stored.name) alone, which is missing.")
        }
        return Content(memory: try read(entry.raw, number, at: path, into: place).memory, path: path)
    }

    /// A file's content, which file it is, and whether it was verified before.
    private typealias Stored = (memory: ShardMemory, identity: ShardFiles.Identity, wasVerified: Bool)

    private func read(
        _ file: ShardIndex.File, _ number: Int, at path: String, into place: ShardMemory? = nil,
        scratch: ShardScratch? = nil
    ) throws(ShardError) -> Stored {
        let (memory, identity) = try ShardFiles.read(path, into: place, pool: pool, scratch: scratch) {
            byteCount throws(ShardError) in
            guard byteCount == file.byteCount else {
                throw ShardError(
                    .wrongSize, path, "has \(byteCount) bytes where the index says \(file.byteCount).")
            }
        }
        let wasVerified =
            verification != .everyHash && verified.withLock { $0[number] == identity }
        if !wasVerified { try check(memory, against: file, path) }
        return (memory, identity, wasVerified)
    }

    private func unpack(
        _ packed: ShardMemory, into place: ShardMemory?, _ entry: ShardIndex.Entry, _ path: String
    ) throws(ShardError) -> ShardMemory {
        do throws(Malformed) {
            let memory = if let place { place } else { try ShardMemory(byteCount: entry.raw.byteCount, pool: pool) }
            try packed.withBytes { input throws(Malformed) in
                try memory.withBytes { output throws(Malformed) in
                    try entry.compression.unpack(UnsafeRawBufferPointer(input), into: output)
                }
            }
            return memory
        } catch {
            throw ShardError(
                .badShard, path,
                "holds \(error.reason), where the index says that it unpacks to \(entry.raw.byteCount) bytes.")
        }
    }

    private func check(_ memory: ShardMemory, against file: ShardIndex.File, _ path: String) throws(ShardError) {
        guard verification != .sizesOnly else { return }
        switch file.recorded {
        case .none: return
        case .one(let hash, let recorded):
            let number = memory.withBytes { hash.number(of: UnsafeRawBufferPointer($0)) }
            guard number == recorded else {
                throw wrongHash(hash, ShardHash.hexadecimal(number), ShardHash.hexadecimal(recorded), path)
            }
        case .texts(let texts):
            let known = Self.computable(texts)
            for hash in verification == .everyHash ? known : Array(known.prefix(1)) {
                let digest = memory.withBytes { hash.digest(of: UnsafeRawBufferPointer($0)) }
                guard digest == texts[hash.rawValue] else {
                    throw wrongHash(hash, digest, texts[hash.rawValue] ?? "", path)
                }
            }
        }
    }

    private func wrongHash(_ hash: ShardHash, _ digest: String, _ recorded: String, _ path: String) -> ShardError {
        ShardError(.wrongHash, path, "is damaged: its \(hash) is \(digest) where the index records \(recorded).")
    }
}
