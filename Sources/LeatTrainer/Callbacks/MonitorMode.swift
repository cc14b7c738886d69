/// Which values of a metric are better: Keras' `mode`.
public enum MonitorMode: String, Sendable, Hashable {
    /// Greater is better for accuracies and the like, smaller for everything else.
    case auto
    /// Smaller is better.
    case min
    /// Greater is better.
    case max
}

/// Watches one value from epoch to epoch, for callbacks that act when it stops getting better.
struct Monitor: Sendable {
    let name: String
    let minDelta: Double
    let wantsGreater: Bool

    init(_ name: String, mode: MonitorMode, minDelta: Double) {
        self.name = name
        self.minDelta = abs(minDelta)
        wantsGreater =
            switch mode {
            case .min: false
            case .max: true
            case .auto: ["acc", "auc", "precision", "recall", "f1"].contains { name.lowercased().contains($0) }
            }
    }

    /// Whether a value beats another by more than `minDelta`; every number beats nothing, and NaN beats nothing at all.
    func isBetter(_ value: Double, than reference: Double?) -> Bool {
        guard let reference else { return !value.isNaN }
        return wantsGreater ? value - minDelta > reference : value + minDelta < reference
    }

    /// The watched value of an epoch; nil, with a warning, if nobody reports it.
    func value(in logs: MetricValues, for callback: String, _ session: TrainingSession) -> Double? {
        if let value = logs[name] { return value }
        session.warn(
            "\(callback) waits for \(name), which this epoch does not report; it reports "
                + logs.names.joined(separator: ", ") + ".")
        return nil
    }
}
