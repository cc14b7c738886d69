import Foundation
import LeatCore
import Testing

@testable import LeatPipeline

@Suite struct FrameTests {
    static let batch = Batch(
        Tensor([1, 2, 3, 4, 5, 6] as [UInt8]), Tensor([1.5, -2] as [Double]), sampleWeights: Tensor([0.5] as [Float]))

    static let messages: [WorkerMessage] = [
        .hello(version: 1), .hello(version: 1, abilities: .rooms),
        .open(source: "Näme", configuration: Array(#"{"a":1}"#.utf8)), .opened(count: 12),
        .lease(index: 3, epoch: 9), .lease(index: 3, epoch: 9, room: BatchRoom(offset: 8192, byteCount: 4096)),
        .roomedBatch(BatchHead(index: 3, epoch: 9, batch)), .epochEnd(epoch: 4), .batch(index: 3, epoch: 9, batch),
        .batch(index: 0, epoch: 0, Batch(Tensor(zeros: [0, 3]))),
        .failure(WorkerFailure(subject: .opening, message: "no")),
        .failure(WorkerFailure(subject: .batch(index: 1, epoch: 2), message: "Datei fehlt: größe")), .goodbye,
    ]

    /// Reads a message from bytes, through a file.
    private func receive(_ bytes: [UInt8]) throws -> WorkerMessage {
        let file = try #require(tmpfile())
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fflush(file)
        rewind(file)
        return try FrameChannel(input: fileno(file), output: -1).receive()
    }

    private func bytes(_ message: WorkerMessage) -> [UInt8] {
        let (prefix, payload) = message.encoded()
        return prefix + payload.flatMap { $0.withUnsafeBytes(Array.init) }
    }

    @Test(arguments: messages) func `a message survives its bytes`(message: WorkerMessage) throws {
        #expect(try receive(bytes(message)) == message)
    }

    @Test(arguments: messages) func `a frame cut short is the end, not a message`(message: WorkerMessage) {
        let bytes = bytes(message)
        for count in 0..<bytes.count {
            #expect { try receive(Array(bytes.prefix(count))) } throws: { error in
                if case ChannelEnd.closed = error { true } else { false }
            }
        }
    }

    @Test(arguments: messages) func `no flipped bit in a description goes unnoticed`(message: WorkerMessage) {
        let (prefix, payload) = message.encoded()
        for bit in 0..<prefix.count * 8 {
            var damaged = prefix
            damaged[bit / 8] ^= 1 << (bit % 8)
            // A flip in a length may ask for bytes that don't come.
            #expect(throws: ChannelEnd.self, "bit \(bit)") {
                try receive(damaged + payload.flatMap { $0.withUnsafeBytes(Array.init) })
            }
        }
    }

    @Test func `the checksum is CRC-32C`() {
        #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    }

    @Test func `the bytes of a lease stay what they were`() {
        let header: [UInt8] = [76, 69, 65, 84, 4, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 21, 230, 145, 26]
        #expect(bytes(.lease(index: 258, epoch: 1)) == header + [2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func `the bytes of a greeting without abilities stay what they were`() {
        let greeting = bytes(.hello(version: 1))
        #expect(greeting.count == 28)
        #expect(greeting.suffix(4) == [1, 0, 0, 0])
        #expect(bytes(.hello(version: 1, abilities: .rooms)).suffix(8) == [1, 0, 0, 0, 1, 0, 0, 0])
    }

    // MARK: Lies with a right checksum

    private func head(_ tensors: [(role: UInt8, dtype: UInt8, extents: [Int64])], rank: UInt8? = nil) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: 16) + [UInt8(tensors.count), 0, 0, 0]
        for (role, dtype, extents) in tensors {
            head += [role, dtype, rank ?? UInt8(extents.count), 0]
            for extent in extents { withUnsafeBytes(of: extent.littleEndian) { head += $0 } }
        }
        return head
    }

    @Test func `the sender's limits are the receiver's`() throws {
        try FrameLimit.check("inputs", Shape(Array(repeating: 1, count: 32)), .float64)
        try FrameLimit.check("inputs", [4 << 30], .uint8)
        for (shape, dtype) in [([4 << 30 | 1], .uint8), ([1 << 31, 1], .float32)] as [(Shape, DType)] {
            let error = #expect(throws: PipelineError.self) { try FrameLimit.check("targets", shape, dtype) }
            #expect(error?.message.contains("The targets have shape \(shape)") == true)
            #expect(error?.message.contains("at most 4294967296 bytes") == true)
        }
    }

    @Test func `absurd batches are refused before memory is asked for`() {
        let lies: [(head: [UInt8], payload: UInt64)] = [
            (head([]), 0),
            (head([(1, 0, [4])]), 4),
            (head([(0, 0, [4])]), 5),
            (head([(0, 11, [4])]), 4),
            (head([(3, 0, [4])]), 4),
            (head([(0, 0, [-4])]), 4),
            (head([(0, 0, [4]), (0, 0, [4])]), 8),
            (head([(0, 10, [1 << 40])]), 1 << 43),
            (head([(0, 10, [1 << 62, 1 << 62])]), 0),
            (head([(0, 0, [4])], rank: 33), 4),
            (head([(0, 0, [4])], rank: 2), 4),
            (head([(0, 0, [4])]) + [0], 4),
        ]
        for (head, payload) in lies {
            let error = #expect(throws: PipelineError.self) { try BatchHead(head, payloadByteCount: payload) }
            #expect(error?.code == .protocolViolation)
        }
    }
}
