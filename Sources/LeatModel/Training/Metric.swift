import LeatCore
public import LeatGraph

/// What is measured beside the loss: `.accuracy`, Keras' name as a string, or a function of one's own.
public struct Metric: Sendable, ExpressibleByStringLiteral {
    /// The name in histories and progress bars: the one given here, as in Keras 3.
    public let name: String
    private let function: (@Sendable (_ yTrue: Value, _ yPred: Value) -> Value)?

    /// A function of one's own of targets and predictions; the mean of its result is reported.
    public init(_ name: String, function: @escaping @Sendable (_ yTrue: Value, _ yPred: Value) -> Value) {
        self.name = name
        self.function = function
    }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(stringLiteral name: String) { self.init(named: name) }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(named name: String) {
        self.name = name
        function = Self.known[name.lowercased()] ?? Loss.known[name.lowercased()]
    }

    /// The share of samples that are told right: binary, categorical or sparse, as output and targets demand.
    public static let accuracy: Metric = "accuracy"

    private var isAccuracy: Bool { ["accuracy", "acc"].contains(name.lowercased()) }

    /// Throws if the name is unknown.
    func check() throws(ModelError) {
        guard function == nil, !isAccuracy else { return }
        throw .unknown("metric", name, known: Array(Self.known.keys) + Loss.known.keys + ["accuracy", "acc"])
    }

    /// The metric of each sample.
    ///
    /// Accuracy is resolved as in Keras 3: an output of extent 1 is binary; targets of lower rank or of extent 1 are
    /// labels; others are one-hot.
    func callAsFunction(_ yTrue: Value, _ yPred: Value) -> Value {
        if let function { return function(yTrue, yPred) }
        let isSparse = yTrue.shape.rank < yPred.shape.rank || yTrue.shape[-1] == 1
        return yPred.shape[-1] == 1
            ? Self.binaryAccuracy(yTrue, yPred)
            : isSparse ? Self.sparseAccuracy(yTrue, yPred) : Self.categoricalAccuracy(yTrue, yPred)
    }

    private static let binaryAccuracy: @Sendable (Value, Value) -> Value = { yTrue, yPred in
        let said = K.greater(yPred, yPred.graph.constant(0.5))
        return K.mean(K.equal(yTrue.reshaped(to: yPred.shape), said), axis: -1)
    }
    private static let categoricalAccuracy: @Sendable (Value, Value) -> Value = {
        K.equal(K.argmax($0), K.argmax($1))
    }
    private static let sparseAccuracy: @Sendable (Value, Value) -> Value = {
        let said = K.argmax($1)
        return K.equal($0.reshaped(to: said.shape), said)
    }
    private static let known: [String: @Sendable (Value, Value) -> Value] = [
        "binary_accuracy": binaryAccuracy, "categorical_accuracy": categoricalAccuracy,
        "sparse_categorical_accuracy": sparseAccuracy,
    ]
}
