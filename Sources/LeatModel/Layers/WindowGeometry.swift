import LeatCore
import LeatGraph

/// Where sequences and images have their channels.
public enum DataFormat: String, Sendable, Hashable {
    /// (steps, channels) or (height, width, channels).
    case channelsLast = "channels_last"
    /// (channels, steps) or (channels, height, width).
    case channelsFirst = "channels_first"
}

/// A pair of extents for rows and columns; a single number stands for both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// For rows and for columns.
    public let height: Int, width: Int

    /// A pair.
    public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }
    /// The same number for both.
    public init(integerLiteral value: Int) { self.init(value, value) }
    /// `[height, width]` or `[both]`; anything else makes an invalid pair, which the layer reports.
    public init(arrayLiteral elements: Int...) {
        self =
            elements.count == 2
            ? Self(elements[0], elements[1]) : elements.count == 1 ? Self(elements[0], elements[0]) : Self(0, 0)
    }

    var tuple: (Int, Int) { (height, width) }
}

/// How a layer's window slides over sequences or images, before their size is known.
///
/// A sequence is an image of one row.
struct WindowGeometry: Sendable, Hashable {
    /// The number of axes that the window slides along: 1 over sequences, 2 over images.
    let rank: Int
    let size: Size2D
    let strides: Size2D
    let dilation: Size2D
    let padding: Padding
    let dataFormat: DataFormat

    /// A window over images.
    init(
        images size: Size2D, strides: Size2D, dilation: Size2D = 1, padding: Padding, dataFormat: DataFormat
    ) {
        rank = 2
        (self.size, self.strides, self.dilation) = (size, strides, dilation)
        (self.padding, self.dataFormat) = (padding, dataFormat)
    }

    /// A window over sequences.
    init(sequences size: Int, strides: Int, dilation: Int = 1, padding: Padding, dataFormat: DataFormat) {
        rank = 1
        (self.size, self.strides, self.dilation) = (Size2D(1, size), Size2D(1, strides), Size2D(1, dilation))
        (self.padding, self.dataFormat) = (padding, dataFormat)
    }

    /// Height, width and channels of a sample.
    func image(_ input: [Int?], for layer: some Layer) throws -> (height: Int?, width: Int?, channels: Int?) {
        let (places, channels) = try dataFormat.split(input, rank: rank, for: layer)
        return (rank == 1 ? 1 : places[0], places[rank - 1], channels)
    }

    /// The shape of a sample of the output.
    func outputShape(for input: [Int?], channels: Int?, layer: some Layer) throws -> [Int?] {
        let image = try image(input, for: layer)
        let sizes = [size.height, size.width, strides.height, strides.width, dilation.height, dilation.width]
        guard sizes.allSatisfy({ (1...1 << 20).contains($0) }) else {
            throw layer.error(
                .invalidArgument,
                "window, strides and dilation must be positive and up to a million, one number"
                    + (rank == 1 ? "." : " or two."))
        }
        guard padding != .causal || layer is Conv1D else {
            throw layer.error(.invalidArgument, "padding must be valid or same; causal padding is Conv1D's.")
        }
        // Extents that are not known yet can't be too small.
        let known = (image.height ?? .max / 4, image.width ?? .max / 4)
        guard let window = window(height: known.0, width: known.1) else {
            let (extent, what) =
                rank == 1 ? ("\(size.width)", "sequences") : ("\(size.height) × \(size.width)", "images")
            throw layer.error(
                .shapeMismatch,
                "a window of \(extent) does not fit into \(what) of shape \(input.batchDescription).")
        }
        let (height, width) = (image.height.map { _ in window.outHeight }, image.width.map { _ in window.outWidth })
        return dataFormat.join(rank == 1 ? [width] : [height, width], channels: channels)
    }

    /// The shape of a sample of the output of a pooling layer.
    func pooledShape(for input: [Int?], layer: some Layer) throws -> [Int?] {
        let shape = try outputShape(for: input, channels: image(input, for: layer).channels, layer: layer)
        guard size.height * size.width < 1 << 16 else {
            throw layer.error(.invalidArgument, "a window may have up to 65535 \(rank == 1 ? "steps" : "pixels").")
        }
        return shape
    }

    /// Calls `body` with channels-last images and their window, and gives its result the layer's format.
    func apply(to x: Value, _ body: (Value, Window) -> Value) -> Value {
        let ordered = dataFormat == .channelsFirst ? x.movingChannelsLast() : x
        guard ordered.shape.rank == rank + 2 else { return x }
        let (batch, width, channels) = (ordered.shape[0], ordered.shape[rank], ordered.shape[rank + 1])
        let height = rank == 1 ? 1 : ordered.shape[1]
        guard let window = window(height: height, width: width) else { return x }
        let result = body(ordered.reshaped(to: [batch, height, width, channels]), window)
        let places = rank == 1 ? [result.shape[2]] : [result.shape[1], result.shape[2]]
        let shaped = result.reshaped(to: Shape([batch] + places + [result.shape[3]]))
        return dataFormat == .channelsFirst ? shaped.movingChannelsFirst() : shaped
    }

    private func window(height: Int, width: Int) -> Window? {
        Window(
            height: height, width: width, size: size.tuple, strides: strides.tuple, dilation: dilation.tuple,
            padding: padding)
    }
}

extension DataFormat {
    /// The extents of a sample along its `rank` axes, and its channels.
    func split(_ input: [Int?], rank: Int, for layer: some Layer) throws -> (places: [Int?], channels: Int?) {
        guard input.count == rank + 1 else {
            throw layer.error(
                .shapeMismatch,
                "expected \(rank == 1 ? "sequences of 3" : "images of 4") axes, found \(input.batchDescription).")
        }
        return self == .channelsLast
            ? (Array(input.dropLast()), input[rank]) : (Array(input.dropFirst()), input[0])
    }

    /// The shape of a sample.
    func join(_ places: [Int?], channels: Int?) -> [Int?] {
        self == .channelsLast ? places + [channels] : [channels] + places
    }
}

extension Value {
    /// (n, c, …) as (n, …, c).
    func movingChannelsLast() -> Value { transposed([0] + Array(2..<shape.rank) + [1]) }
    /// (n, …, c) as (n, c, …).
    func movingChannelsFirst() -> Value { transposed([0, shape.rank - 1] + Array(1..<shape.rank - 1)) }
}
