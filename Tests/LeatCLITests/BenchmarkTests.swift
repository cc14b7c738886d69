import Foundation
import Leat
import Testing

@testable import LeatCLI

/// What `leat benchmark models` measures and prints, whatever the times are.
@Suite struct BenchmarkTests {
    @Test func `Each model's data fit its model`() throws {
        for item in BenchmarkCase.all {
            let small = item.with(batchSize: 2)
            let (x, y) = try small.data()
            #expect(x.shape == small.shape(of: small.samples) && y.shape == small.targetShape(of: small.samples))
            let compilation = try Compilation(optimizer: item.optimizer, loss: item.loss, metrics: [.accuracy])
            let cost = try StepCost.training(
                small.model, compilation, inputs: small.shape(of: 2), targets: small.targetShape(of: 2))
            let forward = try StepCost.prediction(small.model, inputs: small.shape(of: 2)).operations
            #expect(cost.operations > 2 * forward && cost.operations <= 3 * forward, "\(item.name)")
        }
    }

    @Test func `Another batch size makes epochs of at least four batches`() throws {
        let item = try #require(BenchmarkCase.all.first { $0.name == "vgg100" })
        #expect(item.samples == 96)
        #expect(item.with(batchSize: 64).samples == 256)
        #expect(item.with(batchSize: 1).samples == 96)
    }

    @Test func `The command prints JSON, the machine first and a model in a line`() async throws {
        let run = try await leat("benchmark", "models", "--only", "mlp20", "--epochs", "1", "--json", "--overhead")
        #expect(run.code == 0 && run.errors == "")
        let lines = try run.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.count == 2)
        let machine = try #require(lines.first?["machine"] as? [String: Any])
        #expect(machine["gigaflops"] as? Double ?? 0 > 0)
        let model = try #require(lines.last)
        #expect(model["model"] as? String == "mlp20")
        #expect(model["peak_rss_mb"] as? Double ?? 0 > 1)
        #expect(model["overhead"] is [String: Any])
        let phases = try #require(model["phases"] as? [[String: Any]])
        #expect(phases.map { $0["phase"] as? String } == ["train", "evaluate", "predict", "latency"])
        #expect(phases.map { $0["batch"] as? Int } == [128, 128, 128, 1])
        #expect(phases.allSatisfy { $0["best_samples_s"] as? Double ?? 0 > 0 && $0["floor_s"] is Double })
    }

    @Test func `The table fits 110 columns`() async throws {
        let run = try await leat("benchmark", "models", "--only", "mlp20", "--epochs", "1", "--threads", "1")
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("1 thread, "))
        #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 110 })
    }

    @Test func `A model that is not there is wrong usage`() async throws {
        let run = try await leat("benchmark", "models", "--only", "gpt")
        #expect(run.code == 2)
        #expect(run.errors.contains("There is no model 'gpt'; there are mlp20, "))
    }

    @Test func `The loaders' command prints JSON, the dataset first and a loader in a line`() async throws {
        let run = try await leat(
            "benchmark", "loaders", "--only", "tasks-2", "--only", "processes-2", "--rounds", "1", "--epochs", "2",
            "--samples", "3000", "--size-limit", "512KB", "--json")
        #expect(run.code == 0 && run.errors == "")
        let lines = try run.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.count == 3)
        let machine = try #require(lines.first?["machine"] as? [String: Any])
        #expect(machine["samples"] as? Int == 3000 && machine["shards"] as? Int == 5)
        #expect(machine["zstd_samples_s"] as? Double ?? 0 > 0)
        #expect(lines.dropFirst().map { $0["loader"] as? String } == ["tasks-2", "processes-2"])
        for line in lines.dropFirst() {
            let keys = ["first_epoch_samples_s", "best_samples_s", "first_batch_s", "resume_s", "peak_rss_mb"]
            #expect(keys.allSatisfy { line[$0] as? Double ?? 0 > 0 })
        }
    }

    @Test func `A loader that is not there is wrong usage`() async throws {
        let run = try await leat("benchmark", "loaders", "--only", "threads-2")
        #expect(run.code == 2)
        #expect(run.errors.contains("no loader 'threads-2'; there are inline, automatic, tasks-N and processes-N."))
    }

    @Test func `Loaders are told by name`() {
        for name in ["inline", "automatic", "tasks-1", "processes-16"] { #expect(LoaderCase(name: name)?.name == name) }
        for name in ["", "tasks", "tasks-0", "tasks-x", "threads-2", "tasks-1-2", "processes--1"] {
            #expect(LoaderCase(name: name) == nil)
        }
        #expect(
            LoaderCase.all(processors: 2).map(\.name) == [
                "inline", "automatic", "tasks-1", "tasks-2", "processes-1", "processes-2",
            ])
    }
}
