import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

/// Worker processes that end, lie and fail, and what the consumer sees of it: as little as possible.
@Suite(.timeLimit(.minutes(1))) struct WorkerProcessTests {
    private func loader(_ source: some BatchSequence, workers: Int = 2, queue: Int = 6) throws -> BatchLoader {
        try BatchLoader(
            BatchSource(source), workers: workers, useMultiprocessing: true, maxQueueSize: queue,
            launch: TestWorker.launch)
    }

    /// A path where there is no file yet.
    private func marker() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("leat-\(UUID().uuidString)").path
    }

    private func expectWhole(_ batches: [Batch], count: Int, epochs: Int) {
        #expect(batches.map(\.sourceIndex) == (0..<epochs).flatMap { _ in 0..<count })
        #expect(batches.map(\.sourceEpoch) == (0..<epochs).flatMap { Array(repeating: $0, count: count) })
    }

    // MARK: Workers that end

    @Test(
        arguments: [.killItself, .exitZero, .exitSeven, .trap, .garble, .closePipe] as [MisbehavingSource.Deed], [1, 3])
    func `a worker that comes to grief once is replaced and every batch comes once, in order`(
        deed: MisbehavingSource.Deed, workers: Int
    ) async throws {
        let path = marker()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = MisbehavingSource(count: 9, deed, at: 4, markerPath: path)
        expectWhole(try await collect(loader(source, workers: workers), limit: 18), count: 9, epochs: 2)
        #expect(FileManager.default.fileExists(atPath: path), "The worker was to misbehave and did not.")
    }

    @Test(arguments: [1, 3]) func `killing all workers again and again loses nothing`(workers: Int) async throws {
        let source = CountingSource(count: 20)
        let batches = try await loader(source, workers: workers).withBatches(limit: 60) { batches in
            var all: [Batch] = []
            while let batch = try await batches.next() {
                all.append(batch)
                if all.count % 10 == 3 { for worker in batches.workerProcesses { kill(worker, SIGKILL) } }
            }
            return all
        }
        expectWhole(batches, count: 20, epochs: 3)
        // A worker that came later has been told of the epochs that it missed.
        let last = try CountingSource.batch(at: 19, epoch: 2, epochEnds: 2, source.configuration)
        #expect(batches.last == last)
    }

    @Test(arguments: [.killItself, .exitSeven, .garble] as [MisbehavingSource.Deed])
    func `a batch that ends every worker is named, and the others come`(deed: MisbehavingSource.Deed) async throws {
        let source = MisbehavingSource(count: 8, deed, at: 5)
        try await loader(source).withBatches(limit: 8) { batches async throws in
            for index in 0..<5 { #expect(try await batches.next()?.sourceIndex == index) }
            let error = await #expect(throws: PipelineError.self) { try await batches.next() }
            #expect(error?.code == .poisonousBatch)
            #expect(error?.message.contains("Batch 5 of epoch 0") == true)
            #expect(try await batches.next()?.sourceIndex == 6)
            #expect(try await batches.next()?.sourceIndex == 7)
        }
    }

    @Test func `an error in a worker comes in its batch's place with its words, and the worker stays`() async throws {
        let source = MisbehavingSource(count: 8, .fail, at: 3)
        try await loader(source, workers: 1).withBatches(limit: 8) { batches async throws in
            for index in 0..<3 { #expect(try await batches.next()?.sourceIndex == index) }
            let workers = batches.workerProcesses
            let error = await #expect(throws: PipelineError.self) { try await batches.next() }
            #expect(error?.code == .batchFailed)
            #expect(error?.message.contains("Batch 3 of epoch 0") == true)
            #expect(error?.message.contains(PlannedFailure(index: 3).description) == true)
            for index in 4..<8 { #expect(try await batches.next()?.sourceIndex == index) }
            #expect(batches.workerProcesses == workers)
        }
    }

    @Test(arguments: [(.manyAxes, 40), (.absurdlyManyAxes, 300)] as [(MisbehavingSource.Deed, Int)])
    func `a batch that no frame holds is a failure that names shape and limit, and the worker stays`(
        deed: MisbehavingSource.Deed, rank: Int
    ) async throws {
        let source = MisbehavingSource(count: 8, deed, at: 3)
        try await loader(source, workers: 1).withBatches(limit: 8) { batches async throws in
            for index in 0..<3 { #expect(try await batches.next()?.sourceIndex == index) }
            let workers = batches.workerProcesses
            let error = await #expect(throws: PipelineError.self) { try await batches.next() }
            #expect(error?.code == .batchFailed)
            #expect(error?.message.contains("Batch 3 of epoch 0") == true)
            #expect(error?.message.contains("\(rank) axes") == true)
            #expect(error?.message.contains("at most 32") == true)
            for index in 4..<8 { #expect(try await batches.next()?.sourceIndex == index) }
            #expect(batches.workerProcesses == workers)
        }
    }

    @Test(arguments: [1, 3]) func `a worker that stalls once is replaced and every batch comes`(
        workers: Int
    ) async throws {
        let path = marker()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = MisbehavingSource(count: 9, .stop, at: 4, markerPath: path)
        let loader = try BatchLoader(
            BatchSource(source), workers: workers, useMultiprocessing: true, launch: TestWorker.launch,
            workerTimeout: .seconds(1))
        expectWhole(try await collect(loader, limit: 18), count: 9, epochs: 2)
        #expect(FileManager.default.fileExists(atPath: path), "The worker was to stop and did not.")
    }

    @Test func `a batch over which every worker stalls is named, and the others come`() async throws {
        let source = MisbehavingSource(count: 8, .hang, at: 5)
        let loader = try BatchLoader(
            BatchSource(source), workers: 2, useMultiprocessing: true, launch: TestWorker.launch,
            workerTimeout: .seconds(1))
        try await loader.withBatches(limit: 8) { batches async throws in
            for index in 0..<5 { #expect(try await batches.next()?.sourceIndex == index) }
            let error = await #expect(throws: PipelineError.self) { try await batches.next() }
            #expect(error?.code == .poisonousBatch)
            #expect(error?.message.contains("Batch 5 of epoch 0") == true)
            #expect(error?.message.contains("workerTimeout") == true)
            for index in 6..<8 { #expect(try await batches.next()?.sourceIndex == index) }
        }
    }

    @Test func `printing in a worker does no harm`() async throws {
        let source = CountingSource(count: 5, chatter: "A worker says, as planned:")
        expectWhole(try await collect(loader(source), limit: 5), count: 5, epochs: 1)
    }

    @Test func `large batches come whole`() async throws {
        let source = CountingSource(count: 3, rows: 1000, columns: 3001, isTrivial: true)
        let batches = try await collect(loader(source), limit: 3)
        for (index, batch) in batches.enumerated() {
            #expect(try batch == CountingSource.batch(at: index, epoch: 0, epochEnds: 0, source.configuration))
        }
    }

    @Test func `workers live as long as the scope, over epochs`() async throws {
        try await loader(CountingSource(count: 4)).withBatches { batches in
            _ = try await batches.next()
            let workers = Set(batches.workerProcesses)
            for _ in 0..<20 { _ = try await batches.next() }
            #expect(workers.isSubset(of: batches.workerProcesses))
        }
    }

    @Test func `a consumer that leaves early leaves nobody behind, not even a stopped worker`() async throws {
        let source = MisbehavingSource(count: 8, .stop, at: 2)
        let workers = try await loader(source, workers: 1).withBatches { batches in
            for _ in 0..<2 { _ = try await batches.next() }
            return batches.workerProcesses
        }
        #expect(workers.count == 1)
        for worker in workers { #expect(kill(worker, 0) == -1 && errno == ESRCH) }
    }

    // MARK: Programs that are no workers

    private func refusal(
        _ source: some BatchSequence, launch: WorkerLaunch
    ) async throws -> PipelineError? {
        let loader = try BatchLoader(BatchSource(source), workers: 2, useMultiprocessing: true, launch: launch)
        return await #expect(throws: PipelineError.self) { try await collect(loader, limit: 2) }
    }

    @Test(
        arguments: [
            .program(path: "/bin/echo", arguments: ["Many words that are not from a worker, as anyone can see."]),
            .program(path: "/bin/true"), .program(path: "/bin/false"),
        ] as [WorkerLaunch])
    func `a program that forgot to serve is told what to add`(launch: WorkerLaunch) async throws {
        let error = try await refusal(CountingSource(count: 3), launch: launch)
        #expect(error?.code == .workerDidNotStart)
        #expect(error?.message.contains("WorkerProcess.serveIfRequested(CountingSource.self)") == true)
    }

    @Test func `a program that does not exist is named`() async throws {
        let error = try await refusal(CountingSource(count: 3), launch: .program(path: "/no/such/program"))
        #expect(error?.code == .workerDidNotStart)
        #expect(error?.message.contains("/no/such/program") == true)
    }

    @Test func `a program that is to make batches by itself and is no worker is told of the protocol`() async throws {
        let source = ProgramBatches(["folder": "train"], count: 3)
        for path in ["/bin/false", TestWorker.path] {
            let error = try await refusal(source, launch: .program(path: path))
            #expect(error?.code == (path == TestWorker.path ? .sourceDidNotOpen : .workerDidNotStart))
            #expect(error?.message.contains("docs/worker-protocol.md") == true)
            #expect(error?.message.contains("serveIfRequested") == false)
        }
    }

    @Test(arguments: [(2, true, false), (2, false, true), (0, true, true)])
    func `batches of another program are refused where this one would have to make them`(
        workers: Int, processes: Bool, isOther: Bool
    ) throws {
        let error = #expect(throws: PipelineError.self) {
            try BatchLoader(
                BatchSource(ProgramBatches(["folder": "train"], count: 3)), workers: workers,
                useMultiprocessing: processes, launch: isOther ? TestWorker.launch : .thisProgram)
        }
        #expect(error?.code == .invalidSetting)
        #expect(error?.message.contains("launch: .program(path:arguments:)") == true)
    }

    @Test func `a source that workers can't open or don't know is named`() async throws {
        let closed = try await refusal(UnopenableSource(), launch: TestWorker.launch)
        #expect(closed?.code == .sourceDidNotOpen)
        #expect(closed?.message.contains("UnopenableSource") == true)
        let unknown = try await refusal(UnservedSource(configuration: 1), launch: TestWorker.launch)
        #expect(unknown?.code == .sourceDidNotOpen)
        #expect(unknown?.message.contains("serves CountingSource") == true)
    }
}
