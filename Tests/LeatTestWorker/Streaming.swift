import Foundation
import LeatCore
import LeatPipeline
import LeatShards

/// Makes a dataset of 2 GB if it is not there, streams it, and tells how much memory that took.
enum Streaming {
    private static let rows = 2_000_000
    private static let width = 1024

    /// Prints the samples read, a sum over all bytes, and the peak memory of this process and of its workers in MiB.
    static func run(folder: String, processes: Bool) async throws {
        if !FileManager.default.fileExists(atPath: folder) { try write(to: folder) }
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

    /// Prints the number of a dataset's samples, each a number, and their sum.
    static func sum(folder: String, processes: Bool) async throws {
        let dataset = try ShardDataset(folder, batchSize: 100, shuffle: .global, seed: 3)
        let loader = try BatchLoader(BatchSource(dataset), workers: 2, useMultiprocessing: processes)
        var (samples, sum) = (0, 0)
        try await loader.withBatches(limit: dataset.count) { batches in
            while let batch = try await batches.next() {
                samples += batch.count
                sum += try batch.inputs.elements(as: Int.self).reduce(0, +)
            }
        }
        print("\(samples) \(sum)")
    }

    /// The most memory that a process had resident at once, in MiB; `getrusage` would count its parent's before `exec`.
    private static func peak(of process: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0
    }

    /// Samples of 1 KiB: some noise, the rest a pattern, so that they compress as real data do.
    private static func write(to folder: String) throws {
        let writer = try ShardWriter(
            folder, columns: ["x": .array(.uint8, [width])], compression: .zstd(level: 1), sizeLimit: 8 << 20)
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
