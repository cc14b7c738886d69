import LeatCore
import LeatGraph

/// Where images have their channels.
public enum DataFormat: String, Sendable, Hashable {
    /// (height, width, channels).
    case channelsLast = "channels_last"
    /// (channels, height, width).
    case channelsFirst = "channels_first"
}

/// What stands around an image when a window slides over it.
public enum Padding: String, Sendable, Hashable {
    /// Nothing: the window stays inside.
    case valid
    /// Zeros, so that the output has ⌈length / stride⌉ pixels along each axis.
    case same
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

/// How a layer's window slides over images, before the images' size is known.
struct ImageGeometry: Sendable, Hashable {
    var size: Size2D
    var strides: Size2D
    var dilation: Size2D = 1
    var padding: Padding
    var dataFormat: DataFormat

    /// Height, width and channels of a sample.
    func image(_ input: [Int?], for layer: some Layer) throws -> (height: Int?, width: Int?, channels: Int?) {
        guard input.count == 3 else {
            throw layer.error(.shapeMismatch, "expected images of 4 axes, found \(input.batchDescription).")
        }
        return dataFormat == .channelsLast ? (input[0], input[1], input[2]) : (input[1], input[2], input[0])
    }

    /// The shape of a sample of the output.
    func outputShape(for input: [Int?], channels: Int?, layer: some Layer) throws -> [Int?] {
        let image = try image(input, for: layer)
        let sizes = [size.height, size.width, strides.height, strides.width, dilation.height, dilation.width]
        guard sizes.allSatisfy({ (1...1 << 20).contains($0) }) else {
            throw layer.error(
                .invalidArgument,
                "window, strides and dilation must be positive and up to a million, one number or two.")
        }
        // Extents that are not known yet can't be too small.
        let known = (image.height ?? .max / 4, image.width ?? .max / 4)
        guard let window = window(height: known.0, width: known.1) else {
            throw layer.error(
                .shapeMismatch,
                "a window of \(size.height) × \(size.width) does not fit into images of shape \(input.batchDescription)."
            )
        }
        let (height, width) = (image.height.map { _ in window.outHeight }, image.width.map { _ in window.outWidth })
        return dataFormat == .channelsLast ? [height, width, channels] : [channels, height, width]
    }

    func window(height: Int, width: Int) -> Window? {
        Window(
            height: height, width: width, size: size.tuple, strides: strides.tuple, dilation: dilation.tuple,
            same: padding == .same)
    }

    /// Calls `body` with channels-last images and their window, and gives its result the layer's format.
    func apply(to x: Value, _ body: (Value, Window) -> Value) -> Value {
        let images = dataFormat == .channelsFirst ? x.movingChannelsLast() : x
        guard images.shape.rank == 4, let window = window(height: images.shape[1], width: images.shape[2]) else {
            return x
        }
        let result = body(images, window)
        return dataFormat == .channelsFirst ? result.transposed([0, 3, 1, 2]) : result
    }
}

extension Value {
    /// (n, c, …) as (n, …, c).
    func movingChannelsLast() -> Value { transposed([0] + Array(2..<shape.rank) + [1]) }
}
