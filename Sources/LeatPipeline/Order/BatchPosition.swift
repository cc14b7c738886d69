/// How far a consumer has come in a source.
public struct BatchPosition: Sendable, Hashable, Codable {
    /// The pass over the source, from 0.
    public var epoch: Int
    /// How many batches of the pass have been consumed.
    public var index: Int

    /// The position before a batch; the very start by default.
    public init(epoch: Int = 0, index: Int = 0) {
        self.epoch = epoch
        self.index = index
    }
}
