/// What a training went through: the loss and the metrics of every epoch, Keras' `History`.
public struct History: Sendable, Equatable {
    /// The numbers of the epochs that were completed, from 0.
    public private(set) var epochs: [Int] = []
    /// What each epoch took, validation and callbacks included, in seconds.
    public private(set) var epochSeconds: [Double] = []
    /// The values by name, an element an epoch: Keras' `history.history`.
    ///
    /// Training values go by their metric's name, those on validation data by `val_` and the name. Whatever a callback
    /// added to the logs, `learning_rate` for one, is here too.
    public private(set) var history: [String: [Double]] = [:]
    /// The names in the order in which they were first reported.
    public private(set) var names: [String] = []

    /// An empty history.
    public init() {}

    /// The values of one name, an element an epoch; empty if no epoch reported it.
    public subscript(name: String) -> [Double] { history[name] ?? [] }

    /// Adds an epoch.
    public mutating func append(epoch: Int, logs: MetricValues, seconds: Double) {
        epochs.append(epoch)
        epochSeconds.append(seconds)
        for (name, value) in zip(logs.names, logs.values) {
            if history[name] == nil { names.append(name) }
            history[name, default: []].append(value)
        }
    }
}
