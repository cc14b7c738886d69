import Foundation
import LeatCore
import LeatPipeline
import LeatTestSupport

extension Parts {
    /// Keeps a batch that lies in the memory of each of several workers, all killed, and prints by how many descriptors
    /// the program has more each time than with the first one.
    static func keepBatchesOfKilledWorkers() async throws {
        let source = CountingSource(count: 1000, rows: 40, columns: 1000)
        let loader = try BatchLoader(BatchSource(source), workers: 1, useMultiprocessing: true, maxQueueSize: 2)
        try await loader.withBatches { batches in
            var kept: [(number: Int, batch: Batch)] = []
            var number = 0
            var descriptors: [Int] = []
            while kept.count < 6 {
                guard let batch = try await batches.next() else { return }
                number += 1
                // What was in the queue is of the worker before, and the first ones of each come through the pipe.
                guard number > (kept.last?.number ?? 0) + 2, batch.inputs.viewsOthersMemory else { continue }
                kept.append((number, batch))
                descriptors.append(try Belongings().descriptors)
                for worker in batches.workerProcesses { kill(worker, SIGKILL) }
            }
            let areWhole = try kept.allSatisfy { number, batch in
                try batch == CountingSource.batch(at: number - 1, epoch: 0, epochEnds: 0, source.configuration)
            }
            say("more: \(descriptors.map { $0 - descriptors[0] }), \(areWhole ? "whole" : "damaged")")
        }
    }
}
