import LeatPipeline

/// Checks of arguments that several methods share.
enum Arguments {
    static func requirePositive(_ value: Int?, _ name: String) throws {
        guard let value, value <= 0 else { return }
        throw TrainerError(.invalidArgument, "\(name) must be 1 or more, but it is \(value).")
    }

    static func requireEpoch(_ initialEpoch: Int) throws {
        guard initialEpoch < 0 else { return }
        throw TrainerError(.invalidArgument, "initialEpoch must be 0 or more, but it is \(initialEpoch).")
    }

    static func requireSamples(_ count: Int, _ method: String) throws {
        guard count == 0 else { return }
        throw TrainerError(.noData, "\(method) needs at least one sample, but there is none.")
    }

    static func requireSamples(in batch: FedBatch, _ step: Int) throws {
        guard batch.count == 0 else { return }
        throw TrainerError(.noData, "Batch \(step) is empty; every batch needs at least one sample.")
    }
}
