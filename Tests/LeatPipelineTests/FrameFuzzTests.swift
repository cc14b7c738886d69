import Foundation
import LeatCore
import LeatTestSupport
import Testing

@testable import LeatPipeline

/// Frames that lie: there is a message or an error, never a trap or a promise of more memory than is allowed.
@Suite struct FrameFuzzTests {
    /// Messages as this program writes them.
    private static let written: [[UInt8]] = {
        let tensors = Batch(
            Tensor(zeros: [2, 3]), Tensor([1, 2] as [Int64]), sampleWeights: Tensor([0.5, 1] as [Float]))
        let messages: [WorkerMessage] = [
            .hello(version: 1), .open(source: "a source", configuration: Array("{\"count\": 3}".utf8)),
            .hello(version: 1, abilities: .rooms),
            .lease(index: 3, epoch: 2, room: BatchRoom(offset: 1 << 40, byteCount: 8192)),
            .roomedBatch(BatchHead(index: 3, epoch: 2, tensors)), .opened(count: 1 << 40), .lease(index: 3, epoch: 2),
            .epochEnd(epoch: 7), .goodbye,
            .batch(index: 3, epoch: 2, tensors), .batch(index: 0, epoch: 0, Batch(Tensor(zeros: [0, 4, 1, 9]))),
            .failure(WorkerFailure(subject: .batch(index: 1, epoch: 2), message: "words", file: "f", sample: 3)),
            .failure(WorkerFailure(subject: .opening, message: "")),
        ]
        return messages.map { $0.encoded().prefix }
    }()

    @Test(arguments: try Corpus.seeds("frames"))
    func `a frame of the corpus is a message if it is valid, and refused if it is not`(seed: Corpus.Seed) throws {
        let pipe = try LeatPipeline.Pipe()
        // No seed fills a pipe.
        try #require(seed.bytes.count < 4096)
        #expect(seed.bytes.withUnsafeBytes { write(pipe.writeEnd.raw, $0.baseAddress, $0.count) } == seed.bytes.count)
        let input = pipe.takeReadEnd()
        let channel = FrameChannel(input: input.raw, output: -1)
        if seed.isValid {
            let message = try channel.receive()
            #expect(throws: ChannelEnd.self, "\(message) has something behind it.") { try channel.receive() }
        } else {
            #expect(throws: ChannelEnd.self) { try channel.receive() }
        }
    }

    @Test func `the corpus has a valid frame of each kind, and those that have to do with rooms`() throws {
        let frames = try Corpus.seeds("frames").filter(\.isValid).map(\.bytes)
        let headers = try frames.map { try FrameHeader(Array($0.prefix(FrameHeader.byteCount))) }
        for code in 1... {
            guard let kind = WorkerMessage.Kind(rawValue: UInt32(code)) else { break }
            #expect(headers.contains { $0.kind == kind }, "\(kind)")
        }
        let messages = try zip(headers, frames).filter { $0.0.kind != .batch }
            .map { header, frame in
                try WorkerMessage(header.kind, head: Array(frame.dropFirst(FrameHeader.byteCount)))
            }
        #expect(messages.contains(.hello(version: 1, abilities: .rooms)))
        #expect(messages.contains(.lease(index: 3, epoch: 2, room: BatchRoom(offset: 1 << 20, byteCount: 40_960))))
        #expect(messages.contains { if case .roomedBatch(let head) = $0 { head.tensors.count == 3 } else { false } })
    }

    @Test func `mutated frames are messages or errors`() throws {
        let corpus = Self.written + (try Corpus.seeds("frames")).map { Self.withoutPayload($0.bytes) }
        var understood = 0
        for number in 0..<Fuzzing.count(300_000) {
            var random = Fuzzing.generator(number)
            var bytes = Fuzzing.mutate(corpus.randomElement(using: &random) ?? [], &random)
            // Every other time with a header that fits, or the checksum would stop nearly all.
            if Bool.random(using: &random), bytes.count >= FrameHeader.byteCount { Self.mend(&bytes) }
            if Self.isUnderstood(bytes) { understood += 1 }
        }
        #expect(understood > 0)
    }

    /// A frame's header and description, where it has a header.
    private static func withoutPayload(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= FrameHeader.byteCount,
            let header = try? FrameHeader(Array(bytes.prefix(FrameHeader.byteCount)))
        else { return bytes }
        return Array(bytes.prefix(FrameHeader.byteCount + header.headByteCount))
    }

    private static func mend(_ bytes: inout [UInt8]) {
        let head = UInt32(bytes.count - FrameHeader.byteCount)
        for byte in 0..<4 { bytes[8 + byte] = UInt8(truncatingIfNeeded: head >> (8 * UInt32(byte))) }
        bytes.replaceSubrange(0..<4, with: FrameHeader.magic)
        let checksum = CRC32C.checksum(bytes[0..<20] + bytes[24...])
        for byte in 0..<4 { bytes[20 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(byte))) }
    }

    /// Decodes as a channel does, up to where it would ask for memory.
    private static func isUnderstood(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= FrameHeader.byteCount,
            let header = try? FrameHeader(Array(bytes.prefix(FrameHeader.byteCount)))
        else { return false }
        #expect(header.headByteCount <= FrameLimit.head)
        let head = Array(bytes.dropFirst(FrameHeader.byteCount).prefix(header.headByteCount))
        guard head.count == header.headByteCount, (try? header.check(head)) != nil else { return false }
        if header.kind == .batch {
            guard let batch = try? BatchHead(head, payloadByteCount: header.payloadByteCount) else { return false }
            let sizes = batch.tensors.map { $0.shape.count * $0.dtype.byteCount }
            #expect(sizes.allSatisfy { $0 <= FrameLimit.tensor })
            #expect(UInt64(sizes.reduce(0, +)) == header.payloadByteCount)
            return true
        }
        guard let message = try? WorkerMessage(header.kind, head: head) else { return false }
        // What was understood is said and understood again.
        let (again, _) = message.encoded()
        #expect((try? WorkerMessage(header.kind, head: Array(again.dropFirst(FrameHeader.byteCount)))) == message)
        if case .roomedBatch(let head) = message { expectInRoom(head) }
        return true
    }

    /// A room as workers get them, and where it is.
    private static let room: (room: BatchMemory.Room, addresses: Range<UInt>)? = {
        let whole = Batch(Tensor(zeros: [40_960], dtype: .uint8))
        guard let memory = BatchMemory(mostRooms: 1) else { return nil }
        memory.expect(whole)
        guard let room = memory.takeRoom(), let all = room.batch(BatchHead(index: 0, epoch: 0, whole)) else {
            return nil
        }
        return (room, addresses(of: all.inputs))
    }()

    private static func addresses(of tensor: Tensor) -> Range<UInt> {
        tensor.withUnsafeBytes { bytes in
            let start = UInt(bitPattern: bytes.baseAddress)
            return start..<start + UInt(bytes.count)
        }
    }

    /// A batch that is said to be in a room lies in it, or is refused.
    private static func expectInRoom(_ head: BatchHead) {
        guard let (room, addresses) = room, let batch = room.batch(head) else { return }
        for (_, tensor) in batch.parts where tensor.byteCount > 0 {
            #expect(addresses.contains(Self.addresses(of: tensor).lowerBound))
            #expect(Self.addresses(of: tensor).upperBound <= addresses.upperBound)
        }
    }
}
