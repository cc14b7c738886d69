import LeatCore
public import LeatGraph

/// What training makes small: `.categoricalCrossentropy`, Keras' name as a string, or a function of one's own.
///
/// The function gives a score for each sample (and time step); the loss is the mean of the scores times the sample
/// weights.
public struct Loss: Sendable, ExpressibleByStringLiteral {
    /// Keras' name.
    public let name: String
    private let function: (@Sendable (_ yTrue: Value, _ yPred: Value) -> Value)?
    /// What targets look like.
    let targets: TargetKind

    /// A function of one's own of targets and predictions; its gradient comes by itself.
    public init(_ name: String, function: @escaping @Sendable (_ yTrue: Value, _ yPred: Value) -> Value) {
        self.name = name
        self.function = function
        targets = .free
    }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(stringLiteral name: String) { self.init(named: name) }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(named name: String) {
        // Keras takes its names in any case.
        let name = Self.known[name.lowercased()] == nil ? name : name.lowercased()
        self.name = name
        function = Self.known[name]
        targets = name == Self.sparseCategoricalCrossentropy.name ? .labels : .likeOutput
    }

    private init(_ name: String, _ targets: TargetKind) {
        self.name = name
        self.targets = targets
        function = Self.known[name]
    }

    /// −Σ y · log p over the classes, for one-hot targets.
    public static let categoricalCrossentropy = Loss("categorical_crossentropy", .likeOutput)
    /// −log p[y], for whole numbers as targets.
    public static let sparseCategoricalCrossentropy = Loss("sparse_categorical_crossentropy", .labels)
    /// −(y · log p + (1 − y) · log(1 − p)), the mean over the last axis.
    public static let binaryCrossentropy = Loss("binary_crossentropy", .likeOutput)
    /// (p − y)², the mean over the last axis.
    public static let meanSquaredError = Loss("mean_squared_error", .likeOutput)
    /// |p − y|, the mean over the last axis.
    public static let meanAbsoluteError = Loss("mean_absolute_error", .likeOutput)
    /// Short for `meanSquaredError`.
    public static let mse = meanSquaredError

    /// What a loss takes for targets.
    enum TargetKind {
        /// As many numbers as the output has.
        case likeOutput
        /// A label in place of the output's last axis.
        case labels
        /// Whatever the function makes of them.
        case free
    }

    /// Throws if the name is unknown.
    func check() throws(ModelError) {
        if function == nil { throw .unknown("loss", name, known: Self.known.keys) }
    }

    /// The score of each sample.
    func callAsFunction(_ yTrue: Value, _ yPred: Value) -> Value { function?(yTrue, yPred) ?? yPred }

    /// Keras' losses, which are metrics as well.
    static let known: [String: @Sendable (Value, Value) -> Value] = {
        let mse: @Sendable (Value, Value) -> Value = { K.mean(K.square($1 - $0), axis: -1) }
        let mae: @Sendable (Value, Value) -> Value = { K.mean(K.abs($1 - $0), axis: -1) }
        return [
            "categorical_crossentropy": { $1.categoricalCrossEntropy(targets: $0) },
            "sparse_categorical_crossentropy": { $1.sparseCategoricalCrossEntropy(labels: $0) },
            "binary_crossentropy": { K.mean($1.binaryCrossEntropy(targets: $0), axis: -1) },
            "mean_squared_error": mse, "mse": mse, "mean_absolute_error": mae, "mae": mae,
        ]
    }()
}
