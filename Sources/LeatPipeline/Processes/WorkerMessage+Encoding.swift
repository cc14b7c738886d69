import LeatCore

extension WorkerMessage {
    /// The bytes of the frame up to the tensors' elements, and the tensors whose elements follow.
    func encoded() -> (prefix: [UInt8], payload: [Tensor]) {
        let (head, payload) = encodedHead()
        var prefix = FrameHeader.magic
        prefix.append(integer: kind.rawValue)
        prefix.append(integer: UInt32(head.count))
        prefix.append(integer: UInt64(payload.reduce(0) { $0 + $1.byteCount }))
        let checksum = CRC32C.checksum(prefix + head)
        prefix.append(integer: checksum)
        return (prefix + head, payload)
    }

    private func encodedHead() -> (head: [UInt8], payload: [Tensor]) {
        var head: [UInt8] = []
        switch self {
        case .hello(let version, let abilities):
            head.append(integer: version)
            // A program that knows of none takes a longer greeting for garbage.
            if !abilities.isEmpty { head.append(integer: abilities.rawValue) }
        case .open(let source, let configuration):
            head.append(integer: UInt32(source.utf8.count))
            head += source.utf8
            head += configuration
        case .opened(let count):
            head.append(integer: Int64(count))
        case .lease(let index, let epoch, let room):
            head.append(integer: Int64(index))
            head.append(integer: Int64(epoch))
            if let room {
                head.append(integer: Int64(room.offset))
                head.append(integer: Int64(room.byteCount))
            }
        case .epochEnd(let epoch):
            head.append(integer: Int64(epoch))
        case .batch(let index, let epoch, let batch):
            head.append(BatchHead(index: index, epoch: epoch, batch))
            return (head, batch.parts.map(\.tensor))
        case .roomedBatch(let batch):
            head.append(batch)
        case .failure(let failure):
            let (index, epoch): (Int, Int) =
                switch failure.subject {
                case .opening: (-1, -1)
                case .batch(let index, let epoch): (index, epoch)
                }
            head.append(integer: Int64(index))
            head.append(integer: Int64(epoch))
            head += failure.text
        case .goodbye:
            break
        }
        return (head, [])
    }
}

/// What a tensor is in its batch.
enum TensorRole: UInt8 {
    case inputs, targets, sampleWeights

    fileprivate var name: String {
        switch self {
        case .inputs: "inputs"
        case .targets: "targets"
        case .sampleWeights: "sample weights"
        }
    }
}

extension DType {
    /// The element types in the order of their codes in frames.
    static let codes: [DType] = [
        .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .float16, .float32, .float64,
    ]

    fileprivate var code: UInt8 { UInt8(Self.codes.firstIndex(of: self) ?? Self.codes.count) }
}

extension Batch {
    /// Checks that a frame can hold the batch, as its receiver will.
    ///
    /// - Throws: `PipelineError` that names the shape and the limit.
    func checkFitsFrame() throws(PipelineError) {
        for (role, tensor) in parts { try FrameLimit.check(role.name, tensor.shape, tensor.dtype) }
    }

    /// The tensors that there are, in the order of their roles.
    var parts: [(role: TensorRole, tensor: Tensor)] {
        [(.inputs, inputs), (.targets, targets), (.sampleWeights, sampleWeights)].compactMap { role, tensor in
            tensor.map { (role, $0) }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(integer: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ batch: BatchHead) {
        append(integer: Int64(batch.index))
        append(integer: Int64(batch.epoch))
        append(integer: UInt32(batch.tensors.count))
        for tensor in batch.tensors {
            self += [tensor.role.rawValue, tensor.dtype.code, UInt8(clamping: tensor.shape.rank), 0]
            for extent in tensor.shape.dimensions { append(integer: Int64(extent)) }
        }
    }
}
