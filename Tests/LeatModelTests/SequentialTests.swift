import LeatCore
import LeatGraph
import LeatModel
import Testing

@Suite struct SequentialTests {
    let model = Sequential(seed: 1) {
        Conv2D(32, 3, activation: "relu", inputShape: [28, 28, 1])
        MaxPooling2D(poolSize: [2, 2])
        Dropout(0.25)
        Flatten()
        Dense(128, activation: .relu)
        Dense(10, activation: .softmax)
    }

    @Test func namesLayersAsKerasDoes() {
        #expect(model.layers.map(\.name) == ["conv2d", "max_pooling2d", "dropout", "flatten", "dense", "dense_1"])
    }

    @Test func printsKerasTable() throws {
        var lines: [String] = []
        try model.summary { lines.append($0) }
        #expect(
            lines.joined(separator: "\n") == """
                _________________________________________________________________
                Layer (type)                 Output Shape              Param #   
                =================================================================
                conv2d (Conv2D)              (None, 26, 26, 32)        320       
                _________________________________________________________________
                max_pooling2d (MaxPooling2D) (None, 13, 13, 32)        0         
                _________________________________________________________________
                dropout (Dropout)            (None, 13, 13, 32)        0         
                _________________________________________________________________
                flatten (Flatten)            (None, 5408)              0         
                _________________________________________________________________
                dense (Dense)                (None, 128)               692352    
                _________________________________________________________________
                dense_1 (Dense)              (None, 10)                1290      
                =================================================================
                Total params: 693,962
                Trainable params: 693,962
                Non-trainable params: 0
                _________________________________________________________________
                """)
    }

    @Test func findsLayersByNameAndIndex() throws {
        #expect(try model.getLayer(name: "dense_1").className == "Dense")
        #expect(try model.getLayer(index: 1).className == "MaxPooling2D")
        #expect(try model.getLayer(index: -1).name == "dense_1")
        #expect(try model.getLayer(name: "dense", index: 0).name == "conv2d", "the index counts")
        #expect(throws: ModelError.self) { try model.getLayer(name: "no") }
        #expect(throws: ModelError.self) { try model.getLayer(index: 6) }
        #expect(throws: ModelError.self) { try model.getLayer() }
    }

    @Test func popsTheLastLayer() throws {
        var shorter = model
        try shorter.pop()
        #expect(shorter.layers.count == 5)
        #expect(model.layers.count == 6, "a copy is independent")
        var empty = Sequential()
        #expect(throws: ModelError(.emptyModel, "There are no layers in the model to pop.")) { try empty.pop() }
    }

    @Test func aSeedFixesTheWeights() throws {
        var twin = Sequential(model.layers, seed: 1)
        #expect(try twin.weights() == model.weights())
        twin.seed = 2
        #expect(try twin.weights() != model.weights())
        #expect(try Sequential(model.layers).weights() != Sequential(model.layers).weights())
    }

    @Test func drawsGlorotUniformKernelsAndZeroBiases() throws {
        let weights = try model.weights()
        #expect(weights.map(\.shape) == [[3, 3, 1, 32], [32], [5408, 128], [128], [128, 10], [10]])
        let kernel = try weights[2].elements(as: Float.self)
        let limit = (6.0 / Float(5408 + 128)).squareRoot()
        #expect(kernel.allSatisfy { abs($0) <= limit })
        #expect(kernel.contains { abs($0) > 0.99 * limit })
        #expect(abs(kernel.reduce(0, +) / Float(kernel.count)) < limit / 100)
        #expect(weights[3] == Tensor(zeros: [128]))
    }

    @Test func takesWeightsOfItsShapesOnly() throws {
        var model = model
        let ones = try model.weights().map {
            try Tensor(Array(repeating: 1 as Float, count: $0.count), shape: $0.shape)
        }
        try model.setWeights(ones)
        #expect(try model.weights() == ones)
        #expect(throws: ModelError.self) { try model.setWeights(Array(ones.dropLast())) }
        #expect(throws: ModelError(.shapeMismatch, "conv2d/kernel has the shape (3, 3, 1, 32); (32,) was given.")) {
            try model.setWeights([ones[1]] + ones.dropFirst())
        }
    }

    @Test func setWeightsStayWithTheirLayers() throws {
        var model = Sequential([Dense(3, inputDim: 2), Dense(1)], seed: 1)
        let ones = try model.weights().map {
            try Tensor(Array(repeating: 1 as Float, count: $0.count), shape: $0.shape)
        }
        try model.setWeights(ones)
        model.add(Dense(4))
        #expect(try Array(model.weights().prefix(4)) == ones)
        #expect(try model.weights().count == 6)
        try model.pop()
        try model.pop()
        #expect(try model.weights() == Array(ones.prefix(2)))
        model.add(Dense(1, name: "dense_1"))
        #expect(try model.weights()[2] != ones[2], "what was popped is forgotten")
    }

    @Test(arguments: [
        (Sequential([Dense(3)]), "The model's input shape is unknown"),
        (Sequential([]), "The model has no layers."),
        (Sequential([Dense(0, inputDim: 3)]), "Layer dense: units must be positive, not 0."),
        (
            Sequential([Dense(3, activation: "rleu", inputDim: 3)]),
            "There is no activation \"rleu\"; known are linear, relu"
        ),
        (Sequential([Dense(3, kernelInitializer: "x", inputDim: 3)]), "There is no initializer \"x\""),
        (Sequential([Dense(3, inputDim: 3, name: "a"), Dense(3, name: "a")]), "The name a is used twice"),
        (Sequential([Conv2D(3, 5, inputShape: [4, 9, 1])]), "Layer conv2d: a window of 5 × 5 does not fit"),
        (Sequential([Conv2D(3, 3, inputShape: [9])]), "Layer conv2d: expected images of 4 axes, found (None, 9)."),
        (
            Sequential([Conv2D(3, [1, 2, 3], inputShape: [9, 9, 1])]),
            "Layer conv2d: window, strides and dilation must be"
        ),
        (Sequential([Conv1D(3, 5, inputShape: [4, 1])]), "Layer conv1d: a window of 5 does not fit into sequences"),
        (Sequential([Conv1D(3, 5, inputShape: [9])]), "Layer conv1d: expected sequences of 3 axes, found (None, 9)."),
        (Sequential([Conv1D(3, 0, inputShape: [4, 1])]), "Layer conv1d: window, strides and dilation must be"),
        (Sequential([Conv1D(0, 3, inputShape: [4, 1])]), "Layer conv1d: filters must be positive, not 0."),
        (Sequential([Conv1D(3, 3, inputShape: [4, nil])]), "Layer conv1d: the channels of the input (None, 4, None)"),
        (
            Sequential([Conv2D(3, 3, padding: .causal, inputShape: [9, 9, 1])]),
            "Layer conv2d: padding must be valid or same; causal padding is Conv1D's."
        ),
        (
            Sequential([MaxPooling1D(padding: .causal, inputShape: [9, 1])]),
            "Layer max_pooling1d: padding must be valid or same"
        ),
        (
            Sequential([MaxPooling1D(1 << 16, padding: .same, inputShape: [9, 1])]),
            "Layer max_pooling1d: a window may have up to 65535 steps."
        ),
        (
            Sequential([GlobalAveragePooling1D(inputShape: [9])]),
            "Layer global_average_pooling1d: expected sequences of 3 axes, found (None, 9)."
        ),
        (
            Sequential([Reshape([4, 5], inputShape: [21])]),
            "Layer reshape: the total size of the new array must be unchanged"
        ),
        (Sequential([Reshape([-1, -1], inputShape: [21])]), "Layer reshape: target shape [-1, -1] must have"),
        (Sequential([Dense(.max / 2, inputDim: 9)]), "Layer dense: a kernel of shape"),
        (Sequential([Dense(3, inputDim: -1)]), "An input of shape (None, -1) can't be: -1 is no extent of an axis."),
        (
            Sequential([Flatten(inputShape: [1 << 40, 1 << 40])]),
            "An input of shape (None, 1099511627776, 1099511627776)"
        ),
        (Sequential([Reshape([1 << 40, 1 << 40], inputShape: [21])]), "Layer reshape: the total size"),
        (
            Sequential([Conv2D(1, 3, dilationRate: Size2D(.max, 1), inputShape: [9, 9, 1])]),
            "Layer conv2d: window, strides"
        ),
        (Sequential([Dropout(1.5, inputShape: [21])]), "Layer dropout: rate must be from 0 to 1, not 1.5."),
        (
            Sequential([Dense(3, inputDim: 3), Dense(3, inputDim: 4)]),
            "Layer dense_1: expects (None, 4), but the layer before"
        ),
    ])
    func saysWhatIsWrong(model: Sequential, message: String) {
        let error = #expect(throws: ModelError.self) { try model.weights() }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }
}
