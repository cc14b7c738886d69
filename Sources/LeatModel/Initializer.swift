import LeatCore

/// Where a parameter's first values come from: `.glorotUniform`, Keras' name as a string, or one with settings.
public struct Initializer: Sendable, Hashable, ExpressibleByStringLiteral {
    /// How values are distributed around 0.
    public enum Distribution: Sendable, Hashable { case truncatedNormal, untruncatedNormal, uniform }
    /// What the variance is divided by.
    public enum FanMode: Sendable, Hashable { case fanIn, fanOut, fanAverage }

    private enum Kind: Sendable, Hashable {
        case constant(Double)
        case normal(mean: Double, deviation: Double, truncated: Bool)
        case uniform(low: Double, high: Double)
        case varianceScaling(scale: Double, mode: FanMode, distribution: Distribution)
        case orthogonal(gain: Double)
        case identity(gain: Double)
        /// A bias of four gates, ones for the second and else another initializer's values.
        indirect case remembering(Kind)
        case unknown(String)
    }

    private let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(stringLiteral name: String) { self.init(named: name) }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(named name: String) { self = Self.known[name] ?? Self(.unknown(name)) }

    /// All 0.
    public static let zeros = Self(.constant(0))
    /// All 1.
    public static let ones = Self(.constant(1))
    /// Uniform within ±√(6 / (fan in + fan out)).
    public static let glorotUniform = varianceScaling(scale: 1, mode: .fanAverage, distribution: .uniform)
    /// Truncated normal of variance 2 / (fan in + fan out).
    public static let glorotNormal = varianceScaling(scale: 1, mode: .fanAverage, distribution: .truncatedNormal)
    /// Uniform within ±√(6 / fan in).
    public static let heUniform = varianceScaling(scale: 2, mode: .fanIn, distribution: .uniform)
    /// Truncated normal of variance 2 / fan in.
    public static let heNormal = varianceScaling(scale: 2, mode: .fanIn, distribution: .truncatedNormal)
    /// Uniform within ±√(3 / fan in).
    public static let lecunUniform = varianceScaling(scale: 1, mode: .fanIn, distribution: .uniform)
    /// Truncated normal of variance 1 / fan in.
    public static let lecunNormal = varianceScaling(scale: 1, mode: .fanIn, distribution: .truncatedNormal)

    /// The same value everywhere.
    public static func constant(_ value: Double) -> Self { Self(.constant(value)) }
    /// Normally distributed.
    public static func randomNormal(mean: Double = 0, stddev: Double = 0.05) -> Self {
        Self(.normal(mean: mean, deviation: stddev, truncated: false))
    }
    /// Normally distributed, redrawn beyond two standard deviations.
    public static func truncatedNormal(mean: Double = 0, stddev: Double = 0.05) -> Self {
        Self(.normal(mean: mean, deviation: stddev, truncated: true))
    }
    /// Uniform in [low, high).
    public static func randomUniform(_ low: Double = -0.05, _ high: Double = 0.05) -> Self {
        Self(.uniform(low: low, high: high))
    }
    /// Variance `scale` / fan.
    public static func varianceScaling(scale: Double = 1, mode: FanMode = .fanIn, distribution: Distribution) -> Self {
        Self(.varianceScaling(scale: scale, mode: mode, distribution: distribution))
    }

    /// Orthonormal columns, or rows where those are fewer, times `gain`; leading axes count as one.
    public static func orthogonal(gain: Double = 1) -> Self { Self(.orthogonal(gain: gain)) }
    /// Ones on the diagonal of a matrix, times `gain`, and zeros elsewhere.
    public static func identity(gain: Double = 1) -> Self { Self(.identity(gain: gain)) }
    /// For the bias of four gates i, f, c, o: ones for f, so that an LSTM remembers at first, and else `other`
    /// (Jozefowicz et al., 2015).
    static func remembering(_ other: Self) -> Self { Self(.remembering(other.kind)) }

    /// Throws if the name is unknown, a setting makes no sense, or there are no such values of the shape.
    func check(for shape: Shape) throws(ModelError) {
        switch kind {
        case .remembering(let other): try Self(other).check(for: shape)
        case .orthogonal where shape.rank < 2:
            throw ModelError(.invalidArgument, "Orthogonal values take two axes or more, not the shape \(shape).")
        case .identity where shape.rank != 2:
            throw ModelError(.invalidArgument, "An identity has two axes; \(shape) is another shape.")
        case .unknown(let name): throw .unknown("initializer", name, known: Self.known.keys)
        case .varianceScaling(let scale, _, _) where !(scale > 0):
            throw ModelError(.invalidArgument, "Variance scaling takes a positive scale, not \(scale).")
        default: break
        }
    }

    /// The range that the first values of a parameter are drawn from, if they are uniform.
    func uniformRange(for shape: Shape) -> Range<Double>? {
        switch kind {
        case .uniform(let low, let high) where low < high: low..<high
        case .varianceScaling(let scale, let mode, .uniform):
            Self.scaled(scale / Swift.max(1, Self.fan(mode, of: shape)), .uniform).uniformRange(for: shape)
        default: nil
        }
    }

    /// The first values of a parameter, a pure function of shape and generator.
    func values(for shape: Shape, using generator: inout PhiloxGenerator) -> [Float] {
        switch kind {
        case .constant(let value): return Array(repeating: Float(value), count: shape.count)
        case .uniform(let low, let high):
            return (0..<shape.count).map { _ in Float(low + (high - low) * generator.nextUniform()) }
        case .normal(let mean, let deviation, let truncated):
            return (0..<shape.count).map { _ in Float(mean + deviation * generator.nextNormal(truncated: truncated)) }
        case .varianceScaling(let scale, let mode, let distribution):
            let variance = scale / Swift.max(1, Self.fan(mode, of: shape))
            return Self.scaled(variance, distribution).values(for: shape, using: &generator)
        case .orthogonal(let gain): return OrthogonalMatrix(shape, using: &generator).values.map { Float(gain * $0) }
        case .identity(let gain):
            let columns = shape[1]
            return (0..<shape.count).map { $0 / columns == $0 % columns ? Float(gain) : 0 }
        case .remembering(let other):
            let units = shape.count / 4
            let first = Self(other).values(for: [units], using: &generator)
            return first + Array(repeating: 1, count: units) + Self(other).values(for: [2 * units], using: &generator)
        case .unknown: return Array(repeating: .nan, count: shape.count)
        }
    }

    private static func scaled(_ variance: Double, _ distribution: Distribution) -> Self {
        switch distribution {
        case .uniform: randomUniform(-(3 * variance).squareRoot(), (3 * variance).squareRoot())
        // 0.8796… is the standard deviation of a normal distribution cut off at ±2.
        case .truncatedNormal: truncatedNormal(stddev: variance.squareRoot() / 0.879_625_661_034_239_78)
        case .untruncatedNormal: randomNormal(stddev: variance.squareRoot())
        }
    }

    /// Keras' fans: of a kernel (…, in, out) the leading extents multiply both.
    private static func fan(_ mode: FanMode, of shape: Shape) -> Double {
        let dimensions = shape.dimensions.map(Double.init)
        let receptive = dimensions.dropLast(2).reduce(1, *)
        let fanIn = (dimensions.count >= 2 ? dimensions[dimensions.count - 2] : dimensions.first ?? 1) * receptive
        let fanOut = (dimensions.last ?? 1) * receptive
        return switch mode {
        case .fanIn: fanIn
        case .fanOut: fanOut
        case .fanAverage: (fanIn + fanOut) / 2
        }
    }

    private static let known: [String: Initializer] = [
        "zeros": .zeros, "zero": .zeros, "ones": .ones, "one": .ones, "constant": .constant(0),
        "random_normal": .randomNormal(), "normal": .randomNormal(), "truncated_normal": .truncatedNormal(),
        "random_uniform": .randomUniform(), "uniform": .randomUniform(),
        "glorot_uniform": .glorotUniform, "glorot_normal": .glorotNormal, "he_uniform": .heUniform,
        "orthogonal": .orthogonal(), "identity": .identity(),
        "he_normal": .heNormal, "lecun_uniform": .lecunUniform, "lecun_normal": .lecunNormal,
    ]
}
