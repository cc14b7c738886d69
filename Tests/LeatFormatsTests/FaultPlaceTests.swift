import Foundation
import LeatCore
import LeatFormats
import LeatFormatsTestWorker
import LeatPipeline
import LeatShards
import LeatTestSupport
import Testing

/// One sample of many is damaged, or a transformation throws over it: the record names file, sample and reason.
@Suite(.timeLimit(.minutes(2))) struct FaultPlaceTests {
    private static let workers: [(count: Int, areProcesses: Bool)] = [(0, false), (2, false), (2, true)]

    private func loader(
        _ source: some BatchSequence, _ workers: (count: Int, areProcesses: Bool), _ policy: FaultPolicy
    ) throws -> BatchLoader {
        try BatchLoader(
            BatchSource(source), workers: workers.count, useMultiprocessing: workers.areProcesses,
            launch: TestWorker.launchForFormats, faultPolicy: policy)
    }

    private func collect(_ stream: BatchStream) async throws -> [Batch] {
        var batches: [Batch] = []
        while let batch = try await stream.next() { batches.append(batch) }
        return batches
    }

    @Test(arguments: DamagedFiles.Kind.allCases)
    func `The record names file, sample and reason, whoever makes the batches`(kind: DamagedFiles.Kind) async throws {
        let folder = try TemporaryFolder()
        let files = try DamagedFiles(kind, in: folder.path)
        let source = try await RecipeSource(files.recipe)
        var runs: [(batches: [Batch], faults: [BatchFault])] = []
        for workers in Self.workers {
            let loader = try loader(source, workers, .skip(.unlimited))
            runs.append(
                try await loader.withBatches(limit: 2 * source.count) { stream in
                    (try await collect(stream), stream.faults)
                })
        }
        let faults = runs[0].faults
        #expect(runs[0].batches.count == 2 * (source.count - files.places.count))
        // Two epochs, each in an order of its own.
        for epoch in 0..<2 {
            let ofEpoch = faults.filter { $0.epoch == epoch }
            #expect(
                ofEpoch.map { [$0.file, $0.sample.map(String.init)] } == files.places.map { [$0.file, "\($0.sample)"] })
        }
        for word in files.reason { #expect(faults.allSatisfy { $0.reason.contains(word) }, "\(faults)") }
        for run in runs.dropFirst() {
            #expect(run.batches == runs[0].batches)
            #expect(run.faults == faults)
        }
    }

    @Test(arguments: DamagedFiles.Kind.allCases)
    func `The record goes on through JSON and in another kind of worker`(kind: DamagedFiles.Kind) async throws {
        let folder = try TemporaryFolder()
        let source = try await RecipeSource(try DamagedFiles(kind, in: folder.path).recipe)
        let whole = try await loader(source, (2, true), .skip(.unlimited))
            .withBatches(limit: 2 * source.count) { stream in (try await collect(stream), stream.faults) }
        let state = try await loader(source, (2, true), .skip(.unlimited)).withBatches(limit: source.count) { stream in
            _ = try await collect(stream)
            return try #require(stream.state)
        }
        #expect(!state.faults.isEmpty)
        let kept = try JSONDecoder().decode(LoaderState.self, from: JSONEncoder().encode(state))
        #expect(kept == state)
        let faults = try await loader(source, (0, false), .skip(.unlimited))
            .withBatches(resuming: kept, limit: source.count) { stream in
                _ = try await collect(stream)
                return stream.faults
            }
        #expect(faults == whole.1)
    }

    @Test func `Without a policy the source's own error is thrown, and by a process what is known of it`() async throws
    {
        let folder = try TemporaryFolder()
        let files = try DamagedFiles(.tar, in: folder.path)
        let source = try await RecipeSource(files.recipe)
        for workers in Self.workers.prefix(2) {
            let error = await #expect(throws: FormatError.self) {
                try await loader(source, workers, .raise).withBatches(limit: source.count) { try await collect($0) }
            }
            #expect(error?.message.contains(files.reason[0]) == true)
        }
        let error = await #expect(throws: PipelineError.self) {
            try await loader(source, (2, true), .raise).withBatches(limit: source.count) { try await collect($0) }
        }
        #expect(error?.code == .batchFailed)
        #expect(error?.fault?.file == files.places[0].file)
        #expect(error?.fault?.sample == files.places[0].sample)
    }

    @Test func `Of columns in files of their own, the one that was cut short is named`() async throws {
        let folder = try TemporaryFolder()
        let files = try DamagedFiles(.npyMap, in: folder.path)
        let source = try NpyDataset(["x": files.recipe.paths[0], "y": files.recipe.paths[1]]).batched(4)
        let path = files.recipe.paths[1]
        let size = try bytes(of: path).count
        // The last row, of which half is gone; the file was opened when it was whole.
        #expect(truncate(path, size - 4) == 0)
        for workers in Self.workers.prefix(2) {
            let faults = try await loader(source, workers, .skip(.unlimited)).withBatches(limit: source.count) {
                stream in
                _ = try await collect(stream)
                return stream.faults
            }
            #expect(faults.map(\.file) == [path])
            #expect(faults.map(\.sample) == [11])
            #expect(faults.first?.reason.contains("truncated") == true)
        }
    }
}
