import LeatPipeline

/// Memory in which several processes find shards that one of them has unpacked.
protocol SharedShardMemory: Sendable {
    /// Finds a shard of the given size, or a place for it; where another process is filling one with it, `waits` says
    /// that there is nothing better to do than to wait for that.
    func claim(_ shard: Int, byteCount: Int, waits: Bool) -> SharedClaim

    /// Lets all processes read a shard, which was unpacked into its place or else is written there; returns it as it is
    /// there, or nil if there is no memory.
    func publish(_ filling: SharedFilling, _ memory: ShardMemory) -> ShardMemory?

    /// Gives back a place that can't be filled.
    func abandon(_ filling: SharedFilling)
}

/// What a process may do about a shard.
enum SharedClaim {
    /// Read it.
    case ready(ShardMemory)
    /// Load it, then publish or abandon it.
    case fill(SharedFilling)
    /// Come back later: another process is filling a place with it.
    case busy
    /// See to memory of its own: there is no place.
    case none
}

/// A place that this process fills with a shard.
struct SharedFilling {
    let slot: Int
    let shard: Int
    /// The place's own memory, to unpack the shard there; nil where it must be written.
    var memory: ShardMemory?
}

/// How the memory that processes share for a dataset's shards is divided.
enum SharedLayout {
    /// Places for all shards, which are small.
    case places(SharedPlaces.Layout)
    /// Slots for some shards at a time.
    case slots(SharedShards.Layout)

    /// For shards of these sizes, of which so many bytes are kept.
    init(byteCounts: [Int], budget: Int) {
        let places = SharedPlaces.Layout(byteCounts: byteCounts, budget: budget)
        self =
            places.byteCount > 0 ? .places(places) : .slots(SharedShards.Layout(byteCounts: byteCounts, budget: budget))
    }

    /// The bytes of all; 0 if shards are not shared.
    var byteCount: Int {
        switch self {
        case .places(let layout): layout.byteCount
        case .slots(let layout): layout.byteCount
        }
    }

    /// The shards in memory of that layout, and how many bytes of them one of the processes may hold; nil if the memory
    /// is too small, or can't be mapped.
    func shards(in memory: SharedMemory, shardCount: Int) -> (shards: any SharedShardMemory, budget: Int)? {
        switch self {
        case .places(let layout): SharedPlaces(SharedFile(memory), layout).map { ($0, layout.byteCount) }
        case .slots(let layout):
            SharedShards(SharedFile(memory), layout).map { ($0, layout.budgetOfOne(shardCount: shardCount)) }
        }
    }
}
