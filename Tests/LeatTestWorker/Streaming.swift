import Foundation
import LeatCore
import LeatPipeline
import LeatShards

/// Streams datasets far larger than the memory for them, or of thousands of files, and tells what that took.
enum Streaming {
    private static let width = 1024

    /// Makes a dataset of 2 GB if it is not there, and streams it.
    ///
    /// Prints the samples read, a sum over all bytes, and the peak memory of this process and of its workers in MiB.
    static func run(folder: String, processes: Bool) async throws {
        if !FileManager.default.fileExists(atPath: folder) {
            try write(to: folder, rows: 2_000_000, sizeLimit: 8 << 20)
        }
        let dataset = try ShardDataset(folder, batchSize: 256, shuffle: .shards, seed: 3)
        let loader = try BatchLoader(
            BatchSource(dataset), workers: 2, useMultiprocessing: processes, shuffle: true, seed: 3)
        var (samples, sum) = (0, 0)
        var workers = 0
        try await loader.withBatches(limit: dataset.count) { batches in
            while let batch = try await batches.next() {
                samples += batch.count
                sum += batch.inputs.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } }
                // The last batch is in hand, the workers are still there to be asked.
                if samples == dataset.sampleCount {
                    workers = try batches.workerProcesses.map { try peak(of: "\($0)") }.reduce(0, +)
                }
            }
        }
        print("\(samples) \(sum) \(try peak(of: "self")) \(workers)")
    }

    /// Prints the number of a dataset's samples, each a number, their sum, and how many files this process and a worker
    /// had open at most when a batch came.
    static func sum(folder: String, workers: String) async throws {
        let dataset = try ShardDataset(folder, batchSize: 100, shuffle: .global, seed: 3)
        let loader = try BatchLoader(
            BatchSource(dataset), workers: workers == "inline" ? 0 : 2, useMultiprocessing: workers == "processes")
        var (samples, sum, most, mostOfWorker) = (0, 0, 0, 0)
        // A small dataset is read more than once, so that there are enough batches to look at.
        try await loader.withBatches(limit: max(dataset.count, 50)) { batches in
            while let batch = try await batches.next() {
                if samples < dataset.sampleCount {
                    samples += batch.count
                    sum += try batch.inputs.elements(as: Int.self).reduce(0, +)
                }
                most = max(most, openFiles(of: "self"))
                for worker in batches.workerProcesses { mostOfWorker = max(mostOfWorker, openFiles(of: "\(worker)")) }
            }
        }
        print("\(samples) \(sum) \(most) \(mostOfWorker)")
    }

    /// Reads batches here and there in two epochs of a dataset, and prints the number of its samples and the peak memory
    /// of this process in MiB.
    static func order(folder: String, shuffle: String) async throws {
        let way = ShardShuffle.Algorithm(rawValue: shuffle) ?? .none
        let dataset = try ShardDataset(
            folder, batchSize: 128, shuffle: ShardShuffle(way, blockSize: 1 << 16), seed: 3, memoryBudget: 1 << 20)
        for epoch in 0..<2 {
            for part in 0...8 { _ = try await dataset.batch(at: (dataset.count - 1) * part / 8, epoch: epoch) }
        }
        print("\(dataset.sampleCount) \(try peak(of: "self"))")
    }

    private static func openFiles(of process: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }

    /// Reads a hundred epochs of a dataset of 8 MB with memory for an eighth of it, and prints how much memory, in KiB,
    /// this process and its workers had at most at the ends of the first ten epochs, and of the last ten.
    static func epochs(folder: String, processes: Bool) async throws {
        try write(to: folder, rows: 8192, sizeLimit: 64 << 10)
        let dataset = try ShardDataset(folder, batchSize: 64, shuffle: .shards, seed: 3, memoryBudget: 1 << 20)
        let loader = try BatchLoader(
            BatchSource(dataset), workers: 2, useMultiprocessing: processes, shuffle: true, seed: 3)
        var most: [Int: Int] = [:]
        try await loader.withBatches(limit: 100 * dataset.count) { batches in
            var count = 0
            while try await batches.next() != nil {
                count += 1
                guard count % dataset.count == 0 else { continue }
                let size = try (["self"] + batches.workerProcesses.map { "\($0)" }).map(resident).reduce(0, +)
                let decade = (count / dataset.count - 1) / 10
                most[decade] = max(most[decade] ?? 0, size)
            }
        }
        print("\(most[0] ?? 0) \(most[9] ?? 0)")
    }

    /// The memory of a process in KiB, its share of what it has together with its workers.
    ///
    /// Without the program's own file: its share of that grows when others end that run the same program.
    private static func resident(_ process: String) throws -> Int {
        let sums = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        return sums.split(separator: "\n").filter { $0.hasPrefix("Pss_Anon:") || $0.hasPrefix("Pss_Shmem:") }
            .compactMap { Int($0.filter(\.isNumber)) }.reduce(0, +)
    }

    /// The most memory that a process had resident at once, in MiB; `getrusage` would count its parent's before `exec`.
    private static func peak(of process: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0
    }

    /// Samples of 1 KiB: some noise, the rest a pattern, so that they compress as real data do.
    private static func write(to folder: String, rows: Int, sizeLimit: Int) throws {
        let writer = try ShardWriter(
            folder, columns: ["x": .array(.uint8, [width])], compression: .zstd(level: 1), sizeLimit: sizeLimit)
        var noise = PhiloxGenerator(seed: 1)
        var sample = (0..<width).map { UInt8($0 % 251) }
        for _ in 0..<rows {
            for place in 0..<16 {
                let word = noise.next()
                for byte in 0..<8 { sample[place * 64 + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
            }
            try writer.append(["x": .tensor(Tensor(sample))])
        }
        try writer.finish()
    }
}
