import LeatCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Why nothing more comes through a channel.
enum ChannelEnd: Error, Sendable {
    /// The other side has closed it, perhaps in the middle of a frame, or has gone.
    case closed
    /// We were asked to stop.
    case stopping
    /// The other side has said nothing for too long.
    case silent
    /// The other side sent what is no frame.
    case garbage(PipelineError)
}

extension Batch {
    /// The batch of that description, whose tensors `make` gives, told which and its number.
    init(_ head: BatchHead, _ make: (BatchHead.TensorHead, Int) throws -> Tensor) throws {
        var tensors: [TensorRole: Tensor] = [:]
        for (number, tensor) in head.tensors.enumerated() { tensors[tensor.role] = try make(tensor, number) }
        // A description without inputs is none.
        guard let inputs = tensors[.inputs] else { throw ChannelEnd.closed }
        self.init(inputs, tensors[.targets], sampleWeights: tensors[.sampleWeights])
    }
}

/// Whole messages over a pair of descriptors.
///
/// Elements go from a tensor's memory to the pipe and from the pipe into a tensor's memory, with nothing between.
struct FrameChannel {
    let input: Int32
    let output: Int32
    /// Waits until a descriptor that does not block is ready for `poll`'s events; throws `ChannelEnd` to give up.
    var waitUntilReady: (_ descriptor: Int32, _ events: Int16) throws -> Void = { _, _ in }
    /// Called in the middle of a frame that comes or goes without a wait; throws `ChannelEnd` to give up.
    var checkpoint: () throws -> Void = {}

    /// Writes a message.
    ///
    /// - Throws: `ChannelEnd`.
    func send(_ message: WorkerMessage) throws {
        let (prefix, payload) = message.encoded()
        try prefix.withUnsafeBytes { prefix in try Self.gather(payload[...], after: [prefix]) { try write($0) } }
    }

    /// Calls `body` with some parts and the elements of tensors: what is written together wakes its reader once.
    private static func gather(
        _ tensors: ArraySlice<Tensor>, after parts: [UnsafeRawBufferPointer],
        _ body: ([UnsafeRawBufferPointer]) throws -> Void
    ) throws {
        guard let first = tensors.first else { return try body(parts) }
        try first.withUnsafeBytes { try gather(tensors.dropFirst(), after: parts + [$0], body) }
    }

    /// Waits for a message and reads it.
    ///
    /// - Throws: `ChannelEnd`.
    func receive() throws -> WorkerMessage {
        do {
            let header = try FrameHeader(try readBytes(FrameHeader.byteCount))
            let head = try readBytes(header.headByteCount)
            try header.check(head)
            guard header.kind == .batch else { return try WorkerMessage(header.kind, head: head) }
            return try receiveBatch(BatchHead(head, payloadByteCount: header.payloadByteCount))
        } catch let error as PipelineError {
            throw ChannelEnd.garbage(error)
        }
    }

    private func receiveBatch(_ head: BatchHead) throws -> WorkerMessage {
        let batch = try Batch(head) { tensor, _ in
            try Tensor(shape: tensor.shape, dtype: tensor.dtype) { try read(into: $0) }
        }
        return .batch(index: head.index, epoch: head.epoch, batch)
    }

    private func readBytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try read(into: $0) }
        return bytes
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) throws {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = systemRead(input, UnsafeMutableRawBufferPointer(rebasing: rest))
            if count > 0 {
                rest = rest.dropFirst(count)
                if !rest.isEmpty { try checkpoint() }
            } else if count < 0, errno == EAGAIN {
                try waitUntilReady(input, Int16(POLLIN))
            } else if count == 0 || errno != EINTR {
                throw ChannelEnd.closed
            }
        }
    }

    private func write(_ parts: [UnsafeRawBufferPointer]) throws {
        var rest = parts.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }[...]
        while true {
            while let first = rest.first, first.iov_len == 0 { rest.removeFirst() }
            if rest.isEmpty { return }
            var count = rest.withUnsafeBufferPointer { writev(output, $0.baseAddress, Int32($0.count)) }
            if count >= 0 {
                for place in rest.indices {
                    let written = min(count, rest[place].iov_len)
                    rest[place].iov_base = rest[place].iov_base.map { $0 + written }
                    rest[place].iov_len -= written
                    count -= written
                }
                if rest.contains(where: { $0.iov_len > 0 }) { try checkpoint() }
            } else if errno == EAGAIN {
                try waitUntilReady(output, Int16(POLLOUT))
            } else if errno != EINTR {
                throw ChannelEnd.closed
            }
        }
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
