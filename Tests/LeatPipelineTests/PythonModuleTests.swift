import Foundation
import LeatCore
import LeatPipeline
import Testing

/// The first Python that has NumPy, of those that LEAT_TEST_PYTHON names and the system's.
private let pythonWithNumPy: String? = {
    let named = ProcessInfo.processInfo.environment["LEAT_TEST_PYTHON"] ?? ""
    return (named.split(separator: ":").map(String.init) + ["/usr/bin/python3"]).first { path in
        guard FileManager.default.isExecutableFile(atPath: path) else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-c", "import numpy"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}()

/// `Examples/PythonWorker/leat_worker.py`, run for real.
@Suite(.timeLimit(.minutes(1)), .enabled(if: pythonWithNumPy != nil, "There is no Python with NumPy."))
struct PythonModuleTests {
    private struct Settings: Codable, Sendable {
        var count: Int
        var fails: Int?
    }

    private static let root = URL(fileURLWithPath: #filePath + "/../../..").standardizedFileURL.path

    private func loader(
        _ kind: String, _ settings: Settings, workers: Int = 1, shuffle: Bool = false
    ) throws -> BatchLoader {
        let script = "\(Self.root)/Tests/LeatPipelineTests/Fixtures/numbers_worker.py"
        let module = "LEAT_PYTHON_WORKER=\(Self.root)/Examples/PythonWorker"
        return try BatchLoader(
            BatchSource(ProgramBatches(settings, count: settings.count)), workers: workers, useMultiprocessing: true,
            shuffle: shuffle, seed: 5,
            launch: .program(path: "/usr/bin/env", arguments: [module, pythonWithNumPy ?? "", "-B", script, kind]))
    }

    @Test(arguments: [1, 2]) func `Arrays of every type arrive as they are`(workers: Int) async throws {
        let batches = try await collect(try loader("numbers", Settings(count: 11), workers: workers), limit: 22)
        let dtypes: [DType] = [
            .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .float16, .float32, .float64,
        ]
        #expect(
            batches
                == (try (0..<22).map { number in
                    let index = number % 11
                    let x = try Tensor((0..<6).map { Double($0 + index) }, shape: [2, 3])
                    return Batch(
                        x.converted(to: dtypes[index]), Tensor([Int64(number / 11), Int64(number / 11)]),
                        sampleWeights: index % 2 == 1 ? Tensor([1, 1] as [UInt8]) : nil)
                }))
    }

    @Test func `Sources with items and generators are served, in any order`() async throws {
        let items = try await collect(try loader("items", Settings(count: 2)), limit: 4)
        #expect(items == (try [0, 1, 0, 1].map { Batch(try Tensor([$0, $0] as [Float], shape: [1, 2])) }))
        for (workers, shuffle) in [(1, false), (2, false), (1, true)] {
            let settings = Settings(count: 5)
            let batches = try await collect(
                try loader("generator", settings, workers: workers, shuffle: shuffle), limit: 10)
            let expected = try (0..<10).map { number in
                let order = shuffle ? BatchOrder(count: 5, shuffledBy: 5, epoch: number / 5) : BatchOrder(count: 5)
                return Batch(try Tensor([Int64(order[number % 5]), Int64(number / 5)], shape: [1, 2]))
            }
            #expect(batches == expected)
        }
    }

    @Test func `What Python raises is the batch's error`() async throws {
        let failing = try loader("numbers", Settings(count: 3, fails: 1))
        try await failing.withBatches { batches in
            _ = try await batches.next()
            let error = await #expect(throws: PipelineError.self) { try await batches.next() }
            #expect(error?.code == .batchFailed)
            #expect(error?.message.contains("ValueError: it was to fail") == true)
        }
        let miscounted = try loader("items", Settings(count: 3))
        await #expect(throws: PipelineError.self) { try await collect(miscounted, limit: 1) }
    }

    @Test func `Without worker processes it is said what is needed`() async throws {
        let source = ProgramBatches(Settings(count: 1), count: 1)
        await #expect(throws: PipelineError.self) { try await collect(try BatchLoader(BatchSource(source)), limit: 1) }
    }
}
