import Foundation
import Leat

// Trains on batches that two Python processes make: `swift run -c release PythonWorker [python]`.

struct Moons: Codable, Sendable {
    var count = 100
    var size = 64
}

let python = CommandLine.arguments.dropFirst().first ?? "/usr/bin/python3"
let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("moons.py").path

var model = Sequential()
model.add(Dense(32, activation: .relu, inputDim: 2))
model.add(Dense(2, activation: .softmax))
let trainer = try model.compile(
    optimizer: Adam(lr: 0.01), loss: "sparse_categorical_crossentropy", metrics: ["accuracy"])

let settings = Moons()
let moons = ProgramBatches(settings, count: settings.count)
try await trainer.fitGenerator(
    moons, epochs: 3, workers: 2, useMultiprocessing: true, launch: .program(path: python, arguments: ["-B", script]))
