import Foundation
import LeatCore
import LeatTestSupport
import Testing

@testable import LeatPipeline

/// Batches that workers leave in shared memory: the bytes of the pipe, and the pipe where there is no room.
@Suite(.serialized, .timeLimit(.minutes(1))) struct BatchMemoryTests {
    /// Batches of 40 KB, twelve an epoch.
    private static let source = CountingSource(count: 12, rows: 40, columns: 1000)

    /// What workers make of two epochs, with so many rooms each; `keeping` says whether all batches are kept.
    private func batches(
        _ source: some WorkerSource = Self.source, rooms: Int, limit: Int = 24,
        _ consume: (Batch) -> Void
    ) async throws {
        var order = try WorkerOrder(source, count: source.count, workers: 2, launch: TestWorker.launch)
        order.roomsPerWorker = rooms
        let schedule = BatchSchedule(count: source.count, isShuffled: false, seed: 0)
        let queue = OrderedQueue<Batch>(capacity: 6, pass: schedule.pass(from: BatchPosition()), limit: limit)
        let desk = try LeaseDesk(order, queue, workers: 2)
        let stream = IndexedStream(source: source, queue: queue, schedule: schedule)
        let keeper = Task { await stream.keepPasses() }
        let minders = try (0..<2).map { worker in
            try OwnThread(name: "leat-minder") { WorkerMinder(worker: worker, desk: desk).run() }
        }
        var failure: (any Error)?
        do { while let batch = try await queue.next() { consume(batch) } } catch { failure = error }
        desk.close()
        queue.close()
        for minder in minders { await minder.join() }
        await keeper.value
        if let failure { throw failure }
    }

    private func expected(_ number: Int) throws -> Batch {
        try CountingSource.batch(
            at: number % 12, epoch: number / 12, epochEnds: number / 12, Self.source.configuration)
    }

    @Test func `batches hold the same bytes through memory and through the pipe`() async throws {
        for rooms in [0, 1, 8] {
            var number = 0
            var roomed = 0
            try await batches(rooms: rooms) { batch in
                #expect((try? expected(number)) == batch, "batch \(number) with \(rooms) rooms")
                number += 1
                if batch.inputs.viewsOthersMemory { roomed += 1 }
            }
            #expect(number == 24)
            // Each worker's first two are asked for before it is known how large batches are.
            #expect(rooms == 0 ? roomed == 0 : roomed > 0)
            if rooms == 8 { #expect(roomed >= 20) }
        }
    }

    @Test func `batches that a consumer keeps are never written over`() async throws {
        var kept: [Batch] = []
        try await batches(rooms: 2) { kept.append($0) }
        for (number, batch) in kept.enumerated() { #expect(try batch == expected(number)) }
        // The rooms are in use, and all others came through the pipe; one worker may have made nearly all.
        #expect((2...4).contains(kept.count { $0.inputs.viewsOthersMemory }))
    }

    @Test func `small batches come through the pipe`() async throws {
        try await batches(CountingSource(count: 12), rooms: 8) { #expect(!$0.inputs.viewsOthersMemory) }
    }

    @Test func `workers that are killed with a batch half made leave nothing behind that matters`() async throws {
        let markers = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: markers) }
        let source = MisbehavingSource(
            count: 12, .killItself, at: 7, markerPath: markers.path, rows: 40, columns: 1000)
        var kept: [Batch] = []
        try await batches(source, rooms: 8, limit: 12) { kept.append($0) }
        #expect(FileManager.default.fileExists(atPath: markers.path))
        #expect(kept.contains { $0.inputs.viewsOthersMemory })
        for (number, batch) in kept.enumerated() { #expect(try batch == expected(number)) }
        #expect(kept.count == 12)
    }

    // MARK: Rooms

    private func batch(byteCount: Int) -> Batch {
        Batch(Tensor(zeros: [byteCount], dtype: .uint8), Tensor([1, 2] as [Int64]))
    }

    @Test func `rooms are used again, never more than allowed, and grow with the batches`() throws {
        let memory = try #require(BatchMemory(mostRooms: 2))
        #expect(memory.takeRoom() == nil)
        memory.expect(batch(byteCount: 40_000))
        var first = memory.takeRoom()
        let place = try #require(first?.place)
        #expect(place.byteCount == 40_960)
        let second = memory.takeRoom()
        #expect(second != nil)
        #expect(memory.takeRoom() == nil)
        first = nil
        first = memory.takeRoom()
        #expect(first?.place == place)
        // A larger batch than any before: the old rooms are of no use, and given up when they are free.
        memory.expect(batch(byteCount: 100_000))
        let third = try #require(memory.takeRoom())
        #expect(third.place.byteCount >= 100_016)
        #expect(third.place.offset >= 2 * place.byteCount)
        first = nil
        #expect(memory.takeRoom()?.place.byteCount == third.place.byteCount)
    }

    @Test func `rooms of a worker that is gone are gone, but for those that tensors look into`() throws {
        let memory = try #require(BatchMemory(mostRooms: 2))
        memory.expect(batch(byteCount: 40_000))
        var rooms = [memory.takeRoom(), memory.takeRoom()]
        let places = try rooms.map { try #require($0).place }
        // Kept here, so that it can be asked for its size when it is closed.
        let shared = try #require(memory.memory)
        func blocks() -> Int {
            var status = stat()
            return fstat(shared.descriptor, &status) == 0 ? Int(status.st_blocks) : -1
        }
        for place in places {
            let bytes = [UInt8](repeating: 1, count: place.byteCount)
            #expect(bytes.withUnsafeBytes { shared.write($0, at: place.offset) })
        }
        let full = blocks()
        rooms[0] = nil
        #expect(blocks() == full)
        memory.close()
        #expect(memory.memory == nil)
        #expect(memory.takeRoom() == nil)
        #expect(blocks() == full / 2)
        rooms[1] = nil
        #expect(blocks() == 0)
    }

    @Test func `a queue without a bound has rooms, but not without a bound`() async throws {
        let loader = try BatchLoader(
            BatchSource(Self.source), workers: 1, useMultiprocessing: true, maxQueueSize: .max,
            launch: TestWorker.launch)
        try await loader.withBatches(limit: 24) { batches in
            var number = 0
            for try await batch in batches {
                #expect(try batch == expected(number))
                number += 1
            }
            #expect(number == 24)
        }
    }

    @Test func `a batch that does not fit its room is refused, and not written`() throws {
        let memory = try #require(BatchMemory(mostRooms: 1))
        memory.expect(batch(byteCount: 40_000))
        let room = try #require(memory.takeRoom())
        let large = batch(byteCount: 80_000)
        #expect(room.batch(BatchHead(index: 0, epoch: 0, large)) == nil)
        let message = WorkerMessage.batch(index: 0, epoch: 0, large)
        #expect(message.moved(into: room.place, of: memory.memory) == message)
    }

    @Test func `a batch comes through the pipe where its room can't be written`() throws {
        let memory = try #require(BatchMemory(mostRooms: 1))
        let small = batch(byteCount: 40_000)
        memory.expect(small)
        let place = try #require(memory.takeRoom()).place
        // Nothing may be added to the memory any more: it is full.
        let (addSeals, growAndWrite): (Int32, Int32) = (1033, 4 | 8)
        let full = try #require(SharedMemory(byteCount: 0))
        #expect(fcntl(full.descriptor, addSeals, growAndWrite) == 0)
        let message = WorkerMessage.batch(index: 0, epoch: 0, small)
        #expect(message.moved(into: place, of: full) == message)
        #expect(message.moved(into: place, of: memory.memory) == .roomedBatch(BatchHead(index: 0, epoch: 0, small)))
    }

    @Test func `nobody makes the memory smaller that others look into`() throws {
        let memory = try #require(BatchMemory(mostRooms: 1))
        memory.expect(batch(byteCount: 40_000))
        let room = try #require(memory.takeRoom())
        #expect(try ftruncate(#require(memory.memory).descriptor, 0) == -1)
        withExtendedLifetime(room) {}
    }
}
