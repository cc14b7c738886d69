/// How to make a source of batches, in a few values that can be sent to another process.
///
/// Closures and open files can't go to worker processes, but the code that opens and transforms a dataset is in every
/// copy of the program. A recipe is that code, with its settings as stored properties:
///
/// ```swift
/// struct Training: BatchRecipe {
///     var folder: String
///     var seed: UInt64
///
///     func makeBatches() async throws -> SampleBatches {
///         try TarDataset(folder).decodingImages("jpg").map(seed: seed) { … }.batched(128)
///     }
/// }
///
/// await WorkerProcess.serveIfRequested(RecipeSource<Training>.self)  // first thing in main
/// let source = try await RecipeSource(Training(folder: "train/", seed: 7))
/// ```
public protocol BatchRecipe: Codable, Sendable {
    /// The type of the source.
    associatedtype Batches: BatchSequence

    /// Opens the source; the same settings give the same batches in every process.
    func makeBatches() async throws -> Batches
}

/// The source that a recipe makes; it goes to worker processes as the recipe.
public struct RecipeSource<Recipe: BatchRecipe>: WorkerSource {
    /// The recipe.
    public let configuration: Recipe
    /// What it made.
    public let batches: Recipe.Batches

    /// Opens the source that the recipe describes.
    ///
    /// - Throws: What the recipe throws.
    public init(configuration: Recipe) async throws {
        self.configuration = configuration
        batches = try await configuration.makeBatches()
    }

    /// Opens the source that the recipe describes.
    ///
    /// - Throws: What the recipe throws.
    public init(_ recipe: Recipe) async throws { try await self.init(configuration: recipe) }

    /// The number of batches in an epoch.
    public var count: Int { batches.count }

    /// The batch with the given number.
    ///
    /// - Throws: What the source throws.
    public func batch(at index: Int) async throws -> Batch { try await batches.batch(at: index) }

    /// The batch with the given number in an epoch.
    ///
    /// - Throws: What the source throws.
    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        try await batches.batch(at: index, epoch: epoch)
    }

    /// What the source says of a batch that can't be made.
    public func fault(ofBatch index: Int, epoch: Int) async -> SampleFault? {
        await batches.fault(ofBatch: index, epoch: epoch)
    }

    /// Passes the end of a pass on.
    public func onEpochEnd() async { await batches.onEpochEnd() }

    /// What the source's order depends on.
    public var stateSettings: [String: StateValue] { batches.stateSettings }
}
