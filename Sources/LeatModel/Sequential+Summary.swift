import LeatCore
import LeatGraph

extension Sequential {
    /// Prints Keras' table of layers, output shapes and numbers of parameters.
    ///
    /// - Parameters:
    ///   - lineLength: The width of the table.
    ///   - printLine: What is called with each line; prints by default.
    /// - Throws: `ModelError` if the input's shape is not stated or layers don't fit together.
    public func summary(lineLength: Int = 65, printLine: (String) -> Void = { print($0) }) throws {
        let built = try BuiltModel(self)
        let ends = [0.45, 0.85, 1].map { Int(Double(lineLength) * $0) }
        func row(_ fields: [String]) -> String {
            var line = ""
            for (field, end) in zip(fields, ends) {
                if !line.isEmpty { line = line.dropLast() + " " }
                line = String((line + field).prefix(end))
                line += String(repeating: " ", count: end - line.count)
            }
            return line
        }
        let (thin, thick) = (String(repeating: "_", count: lineLength), String(repeating: "=", count: lineLength))
        printLine(thin)
        printLine(row(["Layer (type)", "Output Shape", "Param #"]))
        printLine(thick)
        for (index, entry) in built.entries.enumerated() {
            let count = built.declarations[entry.parameters].reduce(0) { $0 + $1.shape.count }
            printLine(
                row(["\(entry.layer.name) (\(entry.layer.className))", entry.outputShape.batchDescription, "\(count)"]))
            printLine(index + 1 < built.entries.count ? thin : thick)
        }
        let trainable = built.weights.reduce(0) { $0 + ($1.isTrainable ? $1.shape.count : 0) }
        let total = built.weights.reduce(0) { $0 + $1.shape.count }
        printLine("Total params: \(total.grouped)")
        printLine("Trainable params: \(trainable.grouped)")
        printLine("Non-trainable params: \((total - trainable).grouped)")
        printLine(thin)
    }
}
