public import LeatPipeline

/// How the generator methods load batches, beyond what Keras has arguments for; the defaults are a `BatchLoader`'s.
public struct LoadingOptions: Sendable {
    /// How long a worker process may take to open its source, and over one batch, before it is replaced; nil for ever.
    public var workerTimeout: Duration?
    /// How long the training may wait for one batch before it ends with an error that says who waits for what.
    public var stallTimeout: Duration?
    /// What happens to a batch that can't be made.
    public var faultPolicy: FaultPolicy
    /// Whether batches come in the source's order; if not, as soon as they are ready within a pass.
    public var ordered: Bool
    /// Whether each epoch of a training ends with a line that says where its time went.
    public var reportsSpeed: Bool

    /// Options with the given values.
    public init(
        workerTimeout: Duration? = nil, stallTimeout: Duration? = nil, faultPolicy: FaultPolicy = .raise,
        ordered: Bool = true, reportsSpeed: Bool = false
    ) {
        self.workerTimeout = workerTimeout
        self.stallTimeout = stallTimeout
        self.faultPolicy = faultPolicy
        self.ordered = ordered
        self.reportsSpeed = reportsSpeed
    }
}
