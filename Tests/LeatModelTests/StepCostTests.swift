import LeatCore
import LeatGraph
import LeatModel
import Testing

/// What steps cost, against numbers worked out by hand.
@Suite struct StepCostTests {
    let compilation: Compilation

    init() throws { compilation = try Compilation(optimizer: "adam", loss: .categoricalCrossentropy) }

    @Test func ofDenseLayers() throws {
        let model = Sequential(seed: 1) {
            Dense(64, activation: .relu, inputDim: 20)
            Dropout(0.5)
            Dense(10, activation: .softmax)
        }
        let forward = 2.0 * 128 * (20 * 64 + 64 * 10)
        let prediction = try StepCost.prediction(model, inputs: [128, 20])
        #expect(prediction.operations == forward)
        let parameters = 20.0 * 64 + 64 + 64 * 10 + 10
        #expect(prediction.bytes == 4 * (parameters + 128 * 20))
        let evaluation = try StepCost.evaluation(model, compilation, inputs: [128, 20], targets: [128, 10])
        #expect(evaluation.operations == forward)
        let training = try StepCost.training(model, compilation, inputs: [128, 20], targets: [128, 10])
        // All weights have gradients; the first layer's input needs none.
        #expect(training.operations == 2 * forward + 2 * 128 * 64 * 10)
        // Weights and Adam's two averages, read and written.
        #expect(training.bytes == 4 * (6 * parameters + 128 * 20 + 128 * 10))
    }

    @Test func ofConvolutions() throws {
        let model = Sequential(seed: 1) {
            Conv2D(32, 3, inputShape: [28, 28, 1])
            Conv2D(64, 3, activation: .relu)
            MaxPooling2D(2)
            Flatten()
            Dense(10, activation: .softmax)
        }
        let (first, second) = (26.0 * 26 * 32 * 9, 24.0 * 24 * 64 * 9 * 32)
        let last = 12.0 * 12 * 64 * 10
        let training = try StepCost.training(model, compilation, inputs: [2, 28, 28, 1], targets: [2, 10])
        #expect(training.operations == 2 * 2 * (2 * first + 3 * second + 3 * last))
        #expect(try StepCost.prediction(model, inputs: [2, 28, 28, 1]).operations == 2 * 2 * (first + second + last))
    }

    @Test func ofConvolutionsOverSequences() throws {
        let model = Sequential(seed: 1) {
            Conv1D(64, 3, inputShape: [100, 100])
            MaxPooling1D(3)
            Conv1D(16, 5, padding: .causal)
            GlobalAveragePooling1D()
            Dense(1)
        }
        let (first, second): (Double, Double) = (98 * 64 * 3 * 100, 32 * 16 * 5 * 64)
        let forward = first + second + 16
        #expect(try StepCost.prediction(model, inputs: [4, 100, 100]).operations == 2 * 4 * forward)
    }

    @Test func ofLayersThatAreNotTrained() throws {
        let model = Sequential(seed: 1) {
            Dense(64, inputDim: 20, trainable: false)
            Dense(10)
        }
        let training = try StepCost.training(model, compilation, inputs: [8, 20], targets: [8, 10])
        #expect(training.operations == 2 * 8 * (20 * 64 + 2 * 64 * 10))
    }

    @Test func ofRecurrentLayers() throws {
        let model = Sequential([LSTM(32, inputShape: [8, 16]), Dense(10, activation: .softmax)])
        // Eight steps of inputs, and seven of states: the first state is zeros.
        let fromInputs: Double = 8 * 16 * 4 * 32
        let fromStates: Double = 7 * 32 * 4 * 32
        let last: Double = 32 * 10
        let prediction = try StepCost.prediction(model, inputs: [64, 8, 16])
        #expect(prediction.operations == 2 * 64 * (fromInputs + fromStates + last))
        let training = try StepCost.training(model, compilation, inputs: [64, 8, 16], targets: [64, 10])
        let parts: [Double] = [2 * fromInputs, 3 * fromStates, 3 * last]
        #expect(training.operations == 2 * 64 * parts.reduce(0, +))
    }

    @Test func ofEmbeddings() throws {
        let model = Sequential([Embedding(20_000, 128, inputLength: 80), LSTM(128), Dense(1)])
        let weights: Double = 2 * 128 * 512 + 512 + 128 + 1
        let (batch, rows): (Double, Double) = (32 * 80, 32 * 80 * 128)
        let prediction = try StepCost.prediction(model, inputs: [32, 80])
        #expect(prediction.bytes == 4 * (weights + rows + batch), "the rows that are named")
        let adam = try Compilation(optimizer: "adam", loss: .mse)
        let training = try StepCost.training(model, adam, inputs: [32, 80], targets: [32, 1])
        let table: Double = 20_000 * 128
        #expect(training.bytes == 4 * (6 * (weights + table) + batch + 32), "Adam changes all rows")
    }
}
