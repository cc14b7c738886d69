import Foundation
import Testing

@testable import LeatPipeline

@Suite struct PipelineSimulationTests {
    /// `LEAT_SIMULATIONS` sets their number, `LEAT_SEED` replays one.
    @Test func `under any schedule of delays, deaths and stalls every batch comes once, in order`() throws {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["LEAT_SEED"].flatMap({ UInt64($0) }) {
            var simulation = PipelineSimulation(seed: seed, isReplayed: true)
            defer { print(simulation.steps.joined(separator: "\n")) }
            return try simulation.run()
        }
        for seed in 0..<(environment["LEAT_SIMULATIONS"].flatMap { UInt64($0) } ?? 20_000) {
            var simulation = PipelineSimulation(seed: seed)
            do { try simulation.run() } catch {
                // Once more, now that it is worth to write down every step.
                simulation = PipelineSimulation(seed: seed, isReplayed: true)
                try simulation.run()
            }
        }
    }
}
