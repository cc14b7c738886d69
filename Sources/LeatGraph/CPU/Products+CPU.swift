import CLeatKernels
import LeatCore

extension Product: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        var gemm = kernelProduct(step)
        return leat_add_gemm(step.plan, &gemm)
    }

    /// The product as kernels take it.
    func kernelProduct(_ step: CPUStep) -> leat_gemm {
        let (a, b, c) = (step.inputs[0], step.inputs[1], step.results[0])
        var gemm = leat_gemm()
        gemm.transpose_a = transposeA
        gemm.transpose_b = transposeB
        gemm.m = Int64(c.shape[0])
        gemm.n = Int64(c.shape[1])
        gemm.k = Int64(a.shape[transposeA ? 0 : 1])
        gemm.a = UnsafeRawPointer(a.address)
        gemm.b = UnsafeRawPointer(b.address)
        gemm.c = c.address
        gemm.bias = hasBias ? UnsafeRawPointer(step.inputs[2].address) : nil
        gemm.activation = activation.kernel
        if let maskIndex, let maskScale {
            gemm.mask = UnsafePointer(step.inputs[maskIndex].mask)
            gemm.mask_scale = maskScale
        }
        if let gradientActivation {
            gemm.gradient_output = step.inputs.last.map { UnsafeRawPointer($0.address) }
            gemm.gradient_activation = gradientActivation.kernel
        }
        return gemm
    }
}

extension Convolution: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, w, y) = (step.inputs[0], step.inputs[1], step.results[0])
        var shape = leat_conv(images: x.shape, filters: w.shape[-1], window)
        let bias = hasBias ? step.inputs[2].address : nil
        return leat_add_conv(step.plan, &shape, activation.kernel, x.address, w.address, bias, y.address)
    }
}

extension ConvolutionDataGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (dy, w, dx) = (step.inputs[0], step.inputs[1], step.results[0])
        var shape = leat_conv(images: dx.shape, filters: w.shape[-1], window)
        let output = gradientActivation == nil ? nil : step.inputs[2].address
        return leat_add_conv_data_gradient(
            step.plan, &shape, dy.address, w.address, (gradientActivation ?? .linear).kernel, output, dx.address)
    }
}

extension ConvolutionFilterGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, dy, dw) = (step.inputs[0], step.inputs[1], step.results[0])
        var shape = leat_conv(images: x.shape, filters: dw.shape[-1], window)
        let db = step.results.count > 1 ? step.results[1].address : nil
        return leat_add_conv_filter_gradient(step.plan, &shape, x.address, dy.address, dw.address, db)
    }
}

extension MaxPool: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, y, winners) = (step.inputs[0], step.results[0], step.results[1])
        var shape = leat_pool2d(images: x.shape, window)
        return leat_add_max_pool(
            step.plan, &shape, x.address, y.address, winners.address.assumingMemoryBound(to: UInt16.self))
    }
}

extension PooledConvolution: CPUOperation {
    /// Whether the kernels pool the convolution's result while they write it.
    static func isPossible(
        _ convolution: Convolution, _ images: Value, _ filters: Value, _ pooling: MaxPool
    ) -> Bool {
        var shape = leat_conv(images: images.shape, filters: filters.shape[-1], convolution.window)
        let window = convolution.window
        let whole: Shape = [images.shape[0], window.outHeight, window.outWidth, filters.shape[-1]]
        var pool = leat_pool2d(images: whole, pooling.window)
        return leat_conv_pools(images.graph.precision.kernelType, &shape, &pool)
    }

    func emit(_ step: CPUStep) -> Bool {
        let (x, w, y, winners) = (step.inputs[0], step.inputs[1], step.results[0], step.results[1])
        let window = convolution.window
        var shape = leat_conv(images: x.shape, filters: w.shape[-1], window)
        var pool = leat_pool2d(images: [x.shape[0], window.outHeight, window.outWidth, w.shape[-1]], pool)
        let bias = convolution.hasBias ? step.inputs[2].address : nil
        return leat_add_conv_max_pool(
            step.plan, &shape, convolution.activation.kernel, x.address, w.address, bias, &pool, y.address,
            winners.address.assumingMemoryBound(to: UInt16.self))
    }
}

extension MaxPoolGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (dy, winners, dx) = (step.inputs[0], step.inputs[1], step.results[0])
        var shape = leat_pool2d(images: dx.shape, window)
        return leat_add_max_pool_gradient(
            step.plan, &shape, dy.address, winners.address.assumingMemoryBound(to: UInt16.self),
            throughRelu ? step.inputs[2].address : nil, dx.address)
    }
}

extension leat_conv {
    fileprivate init(images: Shape, filters: Int, _ window: Window) {
        self.init()
        (batch, height, width, channels) = (Int64(images[0]), Int64(images[1]), Int64(images[2]), Int64(images[3]))
        (out_height, out_width, self.filters) = (Int64(window.outHeight), Int64(window.outWidth), Int64(filters))
        (kernel_height, kernel_width) = (Int64(window.height), Int64(window.width))
        (stride_y, stride_x) = (Int64(window.strideY), Int64(window.strideX))
        (dilation_y, dilation_x) = (Int64(window.dilationY), Int64(window.dilationX))
        (pad_top, pad_left) = (Int64(window.padTop), Int64(window.padLeft))
    }
}

extension leat_pool2d {
    fileprivate init(images: Shape, _ window: Window) {
        self.init()
        (batch, height, width, channels) = (Int64(images[0]), Int64(images[1]), Int64(images[2]), Int64(images[3]))
        (out_height, out_width) = (Int64(window.outHeight), Int64(window.outWidth))
        (pool_height, pool_width) = (Int64(window.height), Int64(window.width))
        (stride_y, stride_x) = (Int64(window.strideY), Int64(window.strideX))
        (pad_top, pad_left) = (Int64(window.padTop), Int64(window.padLeft))
    }
}
