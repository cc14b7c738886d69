/// The loss and the metrics of a batch, an epoch or an evaluation: named numbers in Keras' order.
///
/// ```swift
/// let score = try await trainer.evaluate(xTest, yTest)
/// print(score.loss, score["accuracy"] ?? .nan)
/// ```
///
/// Keras returns a scalar where there is only the loss, and a list otherwise: `loss` is that scalar, `values` the list,
/// `names` Keras' `metrics_names`.
public struct MetricValues: Sendable, Equatable {
    /// The names, `loss` first.
    public private(set) var names: [String]
    /// The values, in the order of the names.
    public private(set) var values: [Double]

    /// Values under their names; surplus elements of either are dropped.
    public init(names: [String], values: [Double]) {
        let count = min(names.count, values.count)
        self.names = names.count == count ? names : Array(names.prefix(count))
        self.values = values.count == count ? values : Array(values.prefix(count))
    }

    /// The loss; NaN where there is none.
    public var loss: Double { self["loss"] ?? .nan }

    /// The value of that name; setting an unknown name appends it, setting nil removes it.
    public subscript(name: String) -> Double? {
        get { names.firstIndex(of: name).map { values[$0] } }
        set {
            switch (names.firstIndex(of: name), newValue) {
            case (let index?, let value?):
                values[index] = value
            case (let index?, nil):
                names.remove(at: index)
                values.remove(at: index)
            case (nil, let value?):
                names.append(name)
                values.append(value)
            case (nil, nil):
                break
            }
        }
    }

    /// These values followed by others, whose names get a prefix.
    func appending(_ other: MetricValues, prefix: String) -> MetricValues {
        MetricValues(names: names + other.names.map { prefix + $0 }, values: values + other.values)
    }
}

extension MetricValues: ExpressibleByDictionaryLiteral {
    /// The given names and values, in the order written.
    public init(dictionaryLiteral elements: (String, Double)...) {
        self.init(names: elements.map(\.0), values: elements.map(\.1))
    }
}

extension MetricValues: CustomStringConvertible {
    /// As in Keras' progress bar: `loss: 0.6900 - accuracy: 0.5400`.
    public var description: String {
        zip(names, values).map { "\($0): \(DecimalText.metric($1))" }.joined(separator: " - ")
    }
}
