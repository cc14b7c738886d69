/// What `compile` takes: optimizer, loss and metrics, all checked.
public struct Compilation: Sendable {
    /// How training changes the parameters.
    public let optimizer: any Optimizer
    /// What training makes small.
    public let loss: Loss
    /// What is measured beside the loss, every sample counting alike.
    public let metrics: [Metric]
    /// What is measured with the sample weights.
    public let weightedMetrics: [Metric]

    /// Checks and keeps the arguments.
    ///
    /// - Throws: `ModelError` if a name is unknown, given twice, or a setting makes no sense.
    public init(
        optimizer: any OptimizerConvertible, loss: Loss, metrics: [Metric] = [], weightedMetrics: [Metric] = []
    ) throws {
        self.optimizer = try optimizer.makeOptimizer()
        self.loss = loss
        self.metrics = metrics
        self.weightedMetrics = weightedMetrics
        try loss.check()
        for metric in metrics + weightedMetrics { try metric.check() }
        let names = metricsNames
        if let twice = names.first(where: { name in names.count(where: { $0 == name }) > 1 }) {
            throw ModelError(.duplicateName, "The metric \"\(twice)\" is there twice; each needs a name of its own.")
        }
    }

    /// The names of what a step reports: `loss`, then the metrics.
    public var metricsNames: [String] { ["loss"] + (metrics + weightedMetrics).map(\.name) }
}
