/// What a sample weight weighs.
public enum SampleWeightMode: String, Sendable, Hashable {
    /// A time step of a sample: weights are of shape (samples, steps).
    case temporal
}
