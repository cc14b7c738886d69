import LeatCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Memory that a program shares with one worker, with rooms into which the worker writes batches.
///
/// The program alone says what a room is for: it gives one with a lease, and has it back when the last tensor over it is
/// gone. So nothing is to be cleared up after a worker that ends in the middle of a batch.
final class BatchMemory: Sendable {
    /// The environment variable that tells a worker's program at which descriptor it finds the memory.
    static let variable = "LEAT_WORKER_BATCHES"
    /// Smaller batches come through the pipe, for which two small copies are less than another call of the system.
    static let leastByteCount = 32 << 10

    private let mostRooms: Int
    private let state: Lock<State>

    private struct State {
        /// Nil when the worker is gone, and nothing more is put into rooms: what is mapped stays without a descriptor.
        var memory: SharedMemory?
        /// What a room holds; 0 before there was a batch worth one.
        var roomByteCount = 0
        /// How many rooms of that size there are.
        var roomCount = 0
        var free: [Mapping] = []
        /// Where the last room of any size ends.
        var end = 0
    }

    /// A room's place, and where this process sees it; unchecked because it has one owner at a time.
    fileprivate struct Mapping: @unchecked Sendable {
        let place: BatchRoom
        let base: UnsafeMutableRawPointer
    }

    /// Memory with so many rooms at most; nil for none, or if the system has no such memory.
    init?(mostRooms: Int) {
        guard mostRooms > 0, let memory = SharedMemory(byteCount: 0, canShrink: false) else { return nil }
        state = Lock(State(memory: memory))
        self.mostRooms = mostRooms
    }

    deinit { state.withLock { for mapping in $0.free { munmap(mapping.base, mapping.place.byteCount) } } }

    /// The memory as long as the worker is there.
    var memory: SharedMemory? { state.withLock { $0.memory } }

    /// The memory that this worker was offered for its batches; nil if that is none.
    static func inherited() -> SharedMemory? {
        guard let value = getenv(variable) else { return nil }
        defer { unsetenv(variable) }
        return Int32(String(cString: value)).flatMap { SharedMemory(inherited: $0) }
    }

    /// Takes note of a batch that came through the pipe: there will be rooms for such as this.
    func expect(_ batch: Batch) {
        guard let needed = BatchRoom.layout(batch.parts.map(\.tensor.byteCount))?.end, needed >= Self.leastByteCount
        else { return }
        let outgrown = state.withLock { state in
            guard needed > state.roomByteCount else { return [Mapping]() }
            let page = max(4096, Int(sysconf(Int32(_SC_PAGESIZE))))
            state.roomByteCount = (needed + page - 1) / page * page
            state.roomCount = 0
            defer { state.free = [] }
            return state.free
        }
        for mapping in outgrown { discard(mapping) }
    }

    /// A room that nobody uses; nil if there is none.
    func takeRoom() -> Room? {
        state.withLock { state -> Mapping? in
            if let mapping = state.free.popLast() { return mapping }
            guard let memory = state.memory, state.roomByteCount > 0, state.roomCount < mostRooms else { return nil }
            let place = BatchRoom(offset: state.end, byteCount: state.roomByteCount)
            let end = place.offset + place.byteCount
            guard memory.grow(to: end), let base = memory.map(place.offset, place.byteCount, writable: true) else {
                // What could not be had once is not asked for with each batch.
                state.roomCount = mostRooms
                return nil
            }
            state.roomCount += 1
            state.end = end
            return Mapping(place: place, base: base)
        }.map { Room($0, of: self) }
    }

    /// Gives the rooms that nobody uses back to the system, and each of the others when its last tensor is gone.
    ///
    /// The descriptor is closed: a consumer may keep batches of any number of workers.
    func close() {
        // The file is closed where the last reference goes, which is not under the lock.
        let (free, memory) = state.withLock { state in
            defer { (state.free, state.memory) = ([], nil) }
            return (state.free, state.memory)
        }
        for mapping in free { discard(mapping) }
        withExtendedLifetime(memory) {}
    }

    fileprivate func giveBack(_ mapping: Mapping) {
        let isOutgrown = state.withLock { state in
            guard mapping.place.byteCount == state.roomByteCount, state.memory != nil else { return true }
            state.free.append(mapping)
            return false
        }
        if isOutgrown { discard(mapping) }
    }

    private func discard(_ mapping: Mapping) {
        SharedMemory.discard(mapping.base, mapping.place.byteCount)
        munmap(mapping.base, mapping.place.byteCount)
    }

    /// A room in use, by a worker or by tensors over it.
    final class Room: Sendable {
        private let mapping: Mapping
        private let memory: BatchMemory

        fileprivate init(_ mapping: Mapping, of memory: BatchMemory) {
            self.mapping = mapping
            self.memory = memory
        }

        deinit { memory.giveBack(mapping) }

        /// Where the worker finds it.
        var place: BatchRoom { mapping.place }

        /// The batch of that description over the room's bytes; nil if it does not fit.
        func batch(_ head: BatchHead) -> Batch? {
            guard let (starts, end) = BatchRoom.layout(head.tensors.map(\.byteCount)), end <= place.byteCount else {
                return nil
            }
            return try? Batch(head) { tensor, number in
                let bytes = UnsafeMutableRawBufferPointer(start: mapping.base + starts[number], count: tensor.byteCount)
                return try Tensor(shape: tensor.shape, dtype: tensor.dtype, viewing: bytes, of: self)
            }
        }
    }
}

extension WorkerMessage {
    /// The message with its batch written into a room, if it is a batch and there is room for it.
    func moved(into room: BatchRoom?, of memory: SharedMemory?) -> WorkerMessage {
        guard let room, let memory, case .batch(let index, let epoch, let batch) = self else { return self }
        let tensors = batch.parts.map(\.tensor)
        guard let (starts, end) = BatchRoom.layout(tensors.map(\.byteCount)), end <= room.byteCount else { return self }
        for (tensor, start) in zip(tensors, starts) {
            let isWritten = tensor.withUnsafeBytes { memory.write($0, at: room.offset + start) }
            guard isWritten else { return self }
        }
        return .roomedBatch(BatchHead(index: index, epoch: epoch, batch))
    }
}
