import LeatCore
import LeatGraph

/// What convolutions over sequences and images have in common.
struct WindowConvolution: Sendable {
    let filters: Int
    let geometry: WindowGeometry
    let activation: ActivationFunction
    let useBias: Bool
    let kernelInitializer: Initializer
    let biasInitializer: Initializer

    /// The sample's extents by padding and strides, and `filters` channels.
    func outputShape(for input: [Int?], layer: some Layer) throws -> [Int?] {
        try activation.check()
        guard filters > 0 else { throw layer.error(.invalidArgument, "filters must be positive, not \(filters).") }
        return try geometry.outputShape(for: input, channels: filters, layer: layer)
    }

    /// Kernel (window, channels, filters) and bias (filters,).
    func parameters(for input: [Int?], layer: some Layer) throws -> [ParameterDeclaration] {
        guard let channels = try geometry.image(input, for: layer).channels else {
            throw layer.error(.shapeMismatch, "the channels of the input \(input.batchDescription) must be known.")
        }
        let window = geometry.rank == 1 ? [geometry.size.width] : [geometry.size.height, geometry.size.width]
        let kernel = ParameterDeclaration(
            "kernel", shape: Shape(window + [channels, filters]), initializer: kernelInitializer)
        return useBias
            ? [kernel, ParameterDeclaration("bias", shape: [filters], initializer: biasInitializer)] : [kernel]
    }

    /// Adds the convolution, bias and activation.
    ///
    /// An activation that looks at single elements is applied before the axes are put in order, where the convolution
    /// can take it over; any other sees the layer's output as it is.
    func call(_ x: Value, parameters: [Value]) -> Value {
        let isElementwise = activation.isElementwise
        let result = geometry.apply(to: x) { images, window in
            let kernel = parameters[0].reshaped(to: [window.height, window.width, images.shape[3], filters])
            let convolved = images.convolved(with: kernel, window: window)
            let biased = useBias ? convolved + parameters[1] : convolved
            return isElementwise ? activation(biased) : biased
        }
        return isElementwise ? result : activation(result)
    }
}
