import LeatCore
public import LeatGraph

/// Turns whole numbers from 0 to below `inputDim` into rows of a table that is learnt.
///
/// Input (…), output (…, outputDim); the parameter embeddings is (inputDim, outputDim). A number that names no row is
/// reported when a step meets it, before anything has changed.
public struct Embedding: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The number of rows, the largest index and one.
    public let inputDim: Int
    /// The extent of a row.
    public let outputDim: Int
    private let embeddingsInitializer: Initializer

    /// An embedding with Keras' defaults; `inputLength: n` is short for `inputShape: [n]`.
    public init(
        _ inputDim: Int, _ outputDim: Int, embeddingsInitializer: Initializer = "uniform", inputLength: Int? = nil,
        inputShape: [Int?]? = nil, batchInputShape: [Int?]? = nil, batchSize: Int? = nil, name: String? = nil,
        trainable: Bool = true
    ) {
        settings = LayerSettings(
            name: name, inputShape: inputLength.map { [$0] } ?? inputShape, batchInputShape: batchInputShape,
            batchSize: batchSize, trainable: trainable)
        self.inputDim = inputDim
        self.outputDim = outputDim
        self.embeddingsInitializer = embeddingsInitializer
    }

    /// Whole numbers.
    public var takesIndices: Bool { true }

    /// The input's shape with `outputDim` behind it.
    public func outputShape(for input: [Int?]) throws -> [Int?] { input + [outputDim] }

    /// The table.
    public func parameters(for input: [Int?]) throws -> [ParameterDeclaration] {
        guard inputDim > 0, outputDim > 0, inputDim <= Int(Int32.max) else {
            throw error(
                .invalidArgument,
                "inputDim must be from 1 to \(Int32.max) and outputDim positive; they are \(inputDim) and \(outputDim)."
            )
        }
        return [
            ParameterDeclaration(
                "embeddings", shape: [inputDim, outputDim], initializer: embeddingsInitializer, isTable: true)
        ]
    }

    /// Adds the lookup.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value { x.embedded(in: parameters[0]) }
}
