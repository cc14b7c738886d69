/// Prepares the batches of a source ahead of the one who consumes them, in order, each exactly once.
///
/// ```swift
/// let loader = try BatchLoader(shards, workers: 4)
/// try await loader.withBatches { batches in
///     while let batch = try await batches.next() { … }
/// }
/// ```
///
/// What is delivered is a pure function of source, seed and position: the number and the kind of workers and the size
/// of the queue change when a batch is made, never what it holds or when its turn is.
///
/// A source that knows its batches by number is visited again and again, pass after pass, until the scope ends. A pass
/// is `count` batches long whatever the trainer calls an epoch. After the last batch of a pass was handed over,
/// `onEpochEnd()` is called once, and only then is the source asked for the next pass.
public struct BatchLoader: Sendable {
    /// Where the batches come from.
    public let source: BatchSource
    /// How many tasks or processes prepare batches; with 0, each is made when it is asked for.
    public let workers: Int
    /// Whether workers are processes.
    public let useMultiprocessing: Bool
    /// How many batches at most are requested, being made, or ready, and not yet consumed.
    public let maxQueueSize: Int
    /// Whether each pass has an order of its own; sources without numbers keep theirs.
    public let shuffle: Bool
    /// Selects the shuffled orders.
    public let seed: UInt64
    /// Which program a worker process runs.
    public let launch: WorkerLaunch
    /// How long a worker process may take over one batch; nil for ever.
    public let workerTimeout: Duration?
    /// What happens to a batch that can't be made.
    public let faultPolicy: FaultPolicy
    /// How long the consumer waits for one batch before it is told who waits for what; nil for ever.
    public let stallTimeout: Duration?
    /// Whether batches come in the source's order; if not, as soon as they are ready within a pass.
    public let ordered: Bool

    private let feeding: Feeding
    /// Whether the number of workers was left to the loader.
    private let isAutomatic: Bool

    private enum Feeding: Sendable {
        case indexed(any BatchSequence, BatchSchedule)
        case generated(@Sendable () -> BatchSource.Generator)
    }

    /// A loader of the source's batches with Keras' defaults.
    ///
    /// Without a number of `workers` (nil) there are as many as this process has processors; batches by number that are
    /// made faster than they could be handed over, in some microseconds, are then made when they are asked for, except
    /// with a `stallTimeout` or the policy `replace`. Without a `maxQueueSize` there is room for two batches of each worker, and for ten at least.
    ///
    /// With a `workerTimeout`, a worker process that takes longer over one batch is killed and replaced, and its
    /// batches are given to others; a batch over which three workers were killed is an error in its place. Without
    /// one, a worker is waited for as long as it lives. Tasks can't be killed: for them it means nothing. The same time
    /// is allowed for opening the source.
    ///
    /// With a `stallTimeout`, a consumer that has waited so long for one batch gets an error that says which stage waits
    /// for what. Nothing is lost by it: the batch can be asked for again. Without workers there is nobody to time.
    ///
    /// Without order (`ordered: false`), a slow batch holds up none of its pass. Every batch still comes once a pass, but
    /// which come first depends on the workers, and so a run can't be continued from its position.
    ///
    /// - Throws: `PipelineError` if a number is out of range, the source is empty, or it can't go to other processes.
    public init(
        _ source: BatchSource, workers: Int? = 1, useMultiprocessing: Bool = false, maxQueueSize: Int? = 10,
        shuffle: Bool = false, seed: UInt64 = 0, launch: WorkerLaunch = .thisProgram,
        workerTimeout: Duration? = nil, faultPolicy: FaultPolicy = .raise, stallTimeout: Duration? = nil,
        ordered: Bool = true
    ) throws(PipelineError) {
        isAutomatic = workers == nil
        // As many as can work at once, and enough room that each has one batch in hand and one ahead.
        let workers = workers ?? Processors.count
        let maxQueueSize = maxQueueSize ?? max(10, workers.addingOrMax(workers))
        guard workers >= 0 else {
            throw PipelineError(.invalidSetting, "workers is \(workers); it must be 0 (inline) or more.")
        }
        guard maxQueueSize > 0 else {
            throw PipelineError(.invalidSetting, "maxQueueSize is \(maxQueueSize); it must be 1 or more.")
        }
        if let workerTimeout, workerTimeout <= .zero {
            throw PipelineError(.invalidSetting, "workerTimeout is \(workerTimeout); it must be positive.")
        }
        if let stallTimeout, stallTimeout <= .zero {
            throw PipelineError(.invalidSetting, "stallTimeout is \(stallTimeout); it must be positive.")
        }
        try faultPolicy.check()
        switch source.kind {
        case .indexed(let sequence, let count):
            guard count > 0 else {
                throw PipelineError(
                    .emptySource, "The \(type(of: sequence)) has \(count) batches; there is nothing to load.")
            }
            if useMultiprocessing, workers > 0, !(sequence is any WorkerSource) {
                throw .notSendable("A \(type(of: sequence))")
            }
            if let foreign = sequence as? any ForeignSource {
                let isElsewhere = useMultiprocessing && workers > 0 && launch != .thisProgram
                guard isElsewhere else { throw type(of: foreign).notHere }
            }
            feeding = .indexed(sequence, BatchSchedule(count: count, isShuffled: shuffle, seed: seed))
        case .generated(let generator):
            if useMultiprocessing, workers > 0 { throw .notSendable("A sequence or closure") }
            feeding = .generated(generator)
        }
        self.source = source
        self.workers = workers
        self.useMultiprocessing = useMultiprocessing
        self.maxQueueSize = maxQueueSize
        self.shuffle = shuffle
        self.seed = seed
        self.launch = launch
        self.faultPolicy = faultPolicy
        self.stallTimeout = stallTimeout.map { min($0, .seconds(3_000_000_000)) }
        self.ordered = ordered
        // A century is for ever, and can be added to any time.
        self.workerTimeout = workerTimeout.map { min($0, .seconds(3_000_000_000)) }
    }

    /// A loader of the batches of a source that knows them by number; see the other initializer.
    ///
    /// - Throws: `PipelineError` if a number is out of range, the source is empty, or it can't go to other processes.
    public init(
        _ sequence: some BatchSequence, workers: Int? = 1, useMultiprocessing: Bool = false, maxQueueSize: Int? = 10,
        shuffle: Bool = false, seed: UInt64 = 0, launch: WorkerLaunch = .thisProgram,
        workerTimeout: Duration? = nil, faultPolicy: FaultPolicy = .raise, stallTimeout: Duration? = nil,
        ordered: Bool = true
    ) throws(PipelineError) {
        try self.init(
            BatchSource(sequence), workers: workers, useMultiprocessing: useMultiprocessing,
            maxQueueSize: maxQueueSize, shuffle: shuffle, seed: seed, launch: launch, workerTimeout: workerTimeout,
            faultPolicy: faultPolicy, stallTimeout: stallTimeout, ordered: ordered)
    }

    /// Calls `body` with the stream of batches; workers live as long as the call and not a moment longer.
    ///
    /// - Parameters:
    ///   - start: The position of the first batch; the very start by default.
    ///   - limit: The number of batches after which the stream ends, skipped ones included; nil for as many as are
    ///     asked for.
    ///   - faults: What was skipped and replaced before that position, which counts against the fault policy's allowance.
    ///   - body: Consumes batches; may take fewer than there are.
    /// - Returns: What `body` returns.
    /// - Throws: `PipelineError` if workers can't be started, and whatever `body` throws.
    public func withBatches<Result>(
        from start: BatchPosition = BatchPosition(), limit: Int? = nil, faults: [BatchFault] = [],
        _ body: (BatchStream) async throws -> Result
    ) async throws -> Result {
        let stream = try await makeStream(from: start, limit: limit, faults)
        do {
            let result = try await body(stream)
            await stream.stop()
            return result
        } catch {
            await stream.stop()
            throw error
        }
    }

    /// Calls `body` with the stream of batches from where a state was saved.
    ///
    /// It costs no more than starting at the beginning. The batches are those that would have come next, however many
    /// workers or ranks there were and are.
    ///
    /// - Parameters:
    ///   - state: What a stream of this source was at, in this run or another.
    ///   - limit: The number of batches after which the stream ends; nil for as many as are asked for.
    ///   - body: Consumes batches; may take fewer than there are.
    /// - Returns: What `body` returns.
    /// - Throws: `PipelineError` that names each setting which differs from the state's, and as `withBatches(from:)`.
    public func withBatches<Result>(
        resuming state: LoaderState, limit: Int? = nil, _ body: (BatchStream) async throws -> Result
    ) async throws -> Result {
        guard let settings else {
            throw PipelineError(
                .invalidSetting,
                "A sequence or closure can't be resumed, and nothing that is not ordered; only a BatchSequence can.")
        }
        try state.check(against: settings)
        return try await withBatches(from: state.position, limit: limit, faults: state.faults, body)
    }

    /// What is to be kept to go on at a position in another run; nil for a sequence or closure, and without order.
    public func state(at position: BatchPosition) -> LoaderState? {
        settings.map { LoaderState(position: position, settings: $0) }
    }

    /// What the batches and their order depend on; nil for what can't be resumed.
    private var settings: [String: StateValue]? {
        guard ordered, case .indexed(let source, let schedule) = feeding else { return nil }
        var settings = source.stateSettings
        settings["source"] = .text(
            (source as? any WorkerSource).map { type(of: $0).workerName } ?? "\(type(of: source))")
        settings["batches"] = .number(UInt64(schedule.count))
        settings["batchShuffle"] = .flag(shuffle)
        if shuffle { settings["batchSeed"] = .number(seed) }
        return settings
    }

    private func makeStream(
        from start: BatchPosition, limit: Int?, _ faults: [BatchFault]
    ) async throws(PipelineError) -> BatchStream {
        let limit = limit ?? .max
        guard limit >= 0 else { throw PipelineError(.invalidSetting, "limit is \(limit); it must be 0 or more.") }
        let capacity = workers == 0 ? 1 : maxQueueSize
        switch feeding {
        case .indexed(let source, let schedule):
            // A position counts epochs, and none is reached whose number has no successor.
            guard (0..<1 << 62).contains(start.epoch), (0..<schedule.count).contains(start.index) else {
                throw PipelineError(
                    .invalidSetting,
                    "Batch \(start.index) of epoch \(start.epoch) can't be the first; an epoch has \(schedule.count) batches."
                )
            }
            let queue = OrderedQueue<Batch>(
                capacity: capacity, pass: schedule.pass(from: start), limit: limit, isOrdered: ordered,
                ledger: FaultLedger(faultPolicy, faults: faults))
            let stream = IndexedStream(source: source, queue: queue, schedule: schedule)
            let feeder = try await makeFeeder(stream, firstPassCount: schedule.count - start.index)
            return BatchStream(queue, feeder, settings: settings, stallTimeout: stallTimeout)
        case .generated(let generator):
            guard start == BatchPosition() else {
                throw PipelineError(
                    .invalidSetting,
                    "A sequence or closure can't start at batch \(start.index) of epoch \(start.epoch).")
            }
            let queue = OrderedQueue<Batch>(
                capacity: capacity, pass: Pass(epoch: 0, first: 0, order: .endless), limit: limit)
            return BatchStream(
                queue,
                workers == 0
                    ? InlineGeneratorFeeder(generator, queue: queue) : try await TaskFeeder(generator, queue: queue),
                settings: nil, stallTimeout: stallTimeout)
        }
    }

    private func makeFeeder(
        _ stream: IndexedStream, firstPassCount: Int
    ) async throws(PipelineError) -> any Feeder {
        if workers == 0 { return InlineFeeder(stream: stream) }
        if useMultiprocessing, let source = stream.source as? any WorkerSource {
            return try await WorkerPool(
                source, stream, workers: workers, launch: launch, batchTime: workerTimeout)
        }
        // Whoever wants to know of stalls needs somebody else to wait for, and a substitute is made by who is waiting for
        // room.
        if isAutomatic, stallTimeout == nil, !faultPolicy.replaces {
            return try await AutomaticFeeder(stream, workers: workers, firstPassCount: firstPassCount)
        }
        return try await TaskFeeder(stream, workers: workers)
    }
}

extension PipelineError {
    fileprivate static func notSendable(_ what: String) -> PipelineError {
        PipelineError(
            .notSendableToProcesses,
            "\(what) can't be sent to worker processes: code and open files don't cross to another process. "
                + "Make the source conform to WorkerSource, which a worker opens anew from its configuration, "
                + "or use tasks (useMultiprocessing: false).")
    }
}
