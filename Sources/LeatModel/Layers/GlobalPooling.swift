import LeatCore
import LeatGraph

/// What layers that pool over whole sequences or images have in common.
struct GlobalPooling: Sendable, Hashable {
    /// The number of axes that are pooled: 1 of sequences, 2 of images.
    let rank: Int
    let dataFormat: DataFormat
    /// Whether the pooled axes stay, with extent 1.
    let keepdims: Bool

    /// The channels, with an axis of extent 1 for each pooled one if they are kept.
    func outputShape(for input: [Int?], layer: some Layer) throws -> [Int?] {
        let (places, channels) = try dataFormat.split(input, rank: rank, for: layer)
        return keepdims ? dataFormat.join(places.map { _ in 1 }, channels: channels) : [channels]
    }

    /// What `reduce` makes of the value along the pooled axes.
    func apply(to x: Value, _ reduce: (Value, [Int]) -> Value) -> Value {
        guard x.shape.rank == rank + 2 else { return x }
        let first = dataFormat == .channelsLast ? 1 : 2
        let axes = Array(first..<first + rank)
        let pooled = reduce(x, axes)
        guard keepdims else { return pooled }
        var shape = x.shape
        for axis in axes { shape[axis] = 1 }
        return pooled.reshaped(to: shape)
    }
}
