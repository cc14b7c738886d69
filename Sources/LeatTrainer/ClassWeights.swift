import LeatCore

/// Turns class weights into sample weights: what a sample counts is what its class counts.
enum ClassWeights {
    /// A weight a sample, float32, for targets that are class numbers or one-hot rows.
    ///
    /// - Throws: `TrainerError` if the targets have no classes or one of their classes has no weight.
    static func sampleWeights(for targets: Tensor, _ weights: [Int: Double]) throws(TrainerError) -> Tensor {
        guard (1...2).contains(targets.rank) else {
            throw TrainerError(
                .invalidArgument,
                "classWeight needs a class a sample: targets of shape (samples,), (samples, 1) or (samples, classes), "
                    + "but they are of shape \(targets.shape); weigh time steps with sampleWeight instead.")
        }
        let classes: [Int?] = targets.dtype.withScalarType { Self.classes(of: targets, as: $0) }
        let missing = Set(classes).filter { $0.flatMap { weights[$0] } == nil }
        guard missing.isEmpty else {
            let names = missing.map { $0.map(String.init) ?? "a target that is no whole number" }.sorted()
            throw TrainerError(
                .missingClassWeight,
                "classWeight has a weight for the classes \(weights.keys.sorted()), "
                    + "but the targets also contain \(names.joined(separator: ", ")).")
        }
        return Tensor(classes.map { Float($0.flatMap { weights[$0] } ?? 1) })
    }

    /// The class of each sample: the index of a row's first maximum, or the number itself; nil if it is none.
    private static func classes<Scalar: TensorScalar>(of targets: Tensor, as type: Scalar.Type) -> [Int?] {
        let width = targets.rank == 2 ? targets.shape[1] : 1
        return targets.withUnsafeBytes { bytes in
            let values = bytes.bindMemory(to: Scalar.self)
            guard width > 1 else { return values.map { Int(exactly: $0.asDouble) } }
            return (0..<targets.length).map { row in
                var best = 0
                for column in 1..<width
                where values[row * width + column].asDouble > values[row * width + best].asDouble { best = column }
                return best
            }
        }
    }
}
