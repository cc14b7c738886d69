import Leat

/// A model with random data of the shapes that it is measured on.
struct BenchmarkCase: Sendable {
    /// What an input is made of.
    enum Inputs: Sendable {
        /// Numbers in [0, 1).
        case uniform
        /// Whole numbers below a bound.
        case tokens(below: Int)
    }

    /// What a sample's target is.
    enum Targets: Sendable {
        /// A 1 among zeros.
        case oneHot(Int)
        /// Numbers in [0, 1).
        case uniform(Int)
        /// 0 or 1.
        case binary
    }

    let name: String
    /// The samples of a batch and of an epoch, unless others are asked for.
    var batchSize: Int
    var samples: Int
    let inputShape: [Int]
    var inputs = Inputs.uniform
    let targets: Targets
    let optimizer: any OptimizerConvertible
    var loss: Loss = .categoricalCrossentropy
    /// Whether the model takes batches of one size only.
    var hasFixedBatch = false
    /// The layers for batches of a size.
    let layers: @Sendable (Int) -> [any Layer]

    /// The names of all cases, for messages.
    static var names: String { all.map(\.name).joined(separator: ", ") }

    /// The model, the same each time.
    var model: Sequential { Sequential(layers(batchSize), seed: 1) }

    /// The same model in batches of another size, at least four of them.
    func with(batchSize: Int) -> BenchmarkCase {
        var other = self
        other.batchSize = batchSize
        other.samples = max(samples, 4 * batchSize)
        if hasFixedBatch { other.samples -= other.samples % batchSize }
        return other
    }

    /// The input's shape for a number of samples.
    func shape(of count: Int) -> Shape { Shape([count] + inputShape) }

    /// The targets' shape for a number of samples.
    func targetShape(of count: Int) -> Shape {
        switch targets {
        case .oneHot(let classes), .uniform(let classes): [count, classes]
        case .binary: [count, 1]
        }
    }

    /// Random inputs and targets, the same each time.
    func data() throws -> (x: Tensor, y: Tensor) {
        var generator = PhiloxGenerator(seed: 1)
        func uniform(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.nextUniform()) } }
        func whole(_ count: Int, below bound: Int) -> [Int32] {
            (0..<count).map { _ in Int32(generator.next() % UInt64(bound)) }
        }
        let shape = shape(of: samples)
        let x =
            switch inputs {
            case .uniform: try Tensor(uniform(shape.count), shape: shape)
            case .tokens(let bound): try Tensor(whole(shape.count, below: bound), shape: shape)
            }
        let answers: [Float] =
            switch targets {
            case .oneHot(let classes):
                whole(samples, below: classes).flatMap { chosen in (0..<classes).map { Int32($0) == chosen ? 1 : 0 } }
            case .uniform(let classes): uniform(samples * classes)
            case .binary: whole(samples, below: 2).map(Float.init)
            }
        return (x, try Tensor(answers, shape: targetShape(of: samples)))
    }
}
