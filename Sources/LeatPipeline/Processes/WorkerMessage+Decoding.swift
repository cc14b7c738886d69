import LeatCore

/// The first 24 bytes of a frame: what it is and how much follows.
struct FrameHeader {
    static let magic = Array("LEAT".utf8)
    static let byteCount = 24

    let kind: WorkerMessage.Kind
    let headByteCount: Int
    let payloadByteCount: UInt64
    private let checksum: UInt32
    private let checked: ArraySlice<UInt8>

    /// - Throws: `PipelineError` if the bytes are not the start of a frame or announce absurd lengths.
    init(_ bytes: [UInt8]) throws(PipelineError) {
        var reader = ByteReader(bytes)
        guard try reader.bytes(4).elementsEqual(Self.magic) else {
            throw .garbage("it sent \(Self.excerpt(bytes)) where a frame should begin")
        }
        let code: UInt32 = try reader.integer()
        guard let kind = WorkerMessage.Kind(rawValue: code) else { throw .garbage("it sent a frame of kind \(code)") }
        let headByteCount: UInt32 = try reader.integer()
        guard headByteCount <= FrameLimit.head else {
            throw .garbage("it announced a description of \(headByteCount) bytes; \(FrameLimit.head) are allowed")
        }
        self.kind = kind
        self.headByteCount = Int(headByteCount)
        payloadByteCount = try reader.integer()
        guard kind == .batch || payloadByteCount == 0 else {
            throw .garbage("it announced a payload of \(payloadByteCount) bytes for a frame of kind \(code)")
        }
        checksum = try reader.integer()
        checked = bytes.prefix(Self.byteCount - 4)
    }

    /// - Throws: `PipelineError` if the frame's description is not the one that was sent.
    func check(_ head: [UInt8]) throws(PipelineError) {
        guard CRC32C.checksum(checked + head) == checksum else { throw .garbage("a frame's checksum is wrong") }
    }

    private static func excerpt(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(16), as: UTF8.self)
        return "“" + String(text.map { $0.isASCII && !$0.isNewline ? $0 : "·" }) + "”"
    }
}

/// The frame of a batch without its elements.
struct BatchHead: Sendable, Equatable {
    struct TensorHead: Sendable, Equatable {
        let role: TensorRole
        let dtype: DType
        let shape: Shape

        var byteCount: Int { shape.count * dtype.byteCount }
    }

    let index: Int
    let epoch: Int
    let tensors: [TensorHead]

    init(index: Int, epoch: Int, _ batch: Batch) {
        self.index = index
        self.epoch = epoch
        tensors = batch.parts.map { TensorHead(role: $0.role, dtype: $0.tensor.dtype, shape: $0.tensor.shape) }
    }

    /// - Throws: `PipelineError` if shapes are absurd or don't add up to the payload.
    init(_ head: [UInt8], payloadByteCount: UInt64) throws(PipelineError) {
        try self.init(head)
        let byteCount = tensors.reduce(0) { $0 + UInt64($1.byteCount) }
        guard byteCount == payloadByteCount else {
            throw .garbage("\(payloadByteCount) bytes for tensors that take \(byteCount)")
        }
    }

    /// - Throws: `PipelineError` if shapes are absurd.
    init(_ head: [UInt8]) throws(PipelineError) {
        var reader = ByteReader(head)
        index = Int(try reader.integer() as Int64)
        epoch = Int(try reader.integer() as Int64)
        let count: UInt32 = try reader.integer()
        guard (1...3).contains(count) else { throw .garbage("a batch of \(count) tensors") }
        var tensors: [TensorHead] = []
        for _ in 0..<count {
            let tensor = try reader.tensor()
            guard tensor.role.rawValue > tensors.last?.role.rawValue ?? 0 || tensors.isEmpty else {
                throw .garbage("a batch with its tensors twice or out of order")
            }
            tensors.append(tensor)
        }
        guard tensors[0].role == .inputs else { throw .garbage("a batch without inputs") }
        try reader.end()
        self.tensors = tensors
    }
}

extension WorkerMessage {
    /// The message of a frame that has no payload.
    ///
    /// - Throws: `PipelineError` if the description is too short or too long for its kind.
    init(_ kind: Kind, head: [UInt8]) throws(PipelineError) {
        var reader = ByteReader(head)
        switch kind {
        case .hello:
            let version: UInt32 = try reader.integer()
            self = .hello(
                version: version,
                abilities: reader.isAtEnd ? [] : WorkerAbilities(rawValue: try reader.integer()))
        case .open:
            let nameByteCount: UInt32 = try reader.integer()
            let name = String(decoding: try reader.bytes(Int(nameByteCount)), as: UTF8.self)
            self = .open(source: name, configuration: Array(reader.rest()))
        case .opened:
            self = .opened(count: Int(try reader.integer() as Int64))
        case .lease:
            let (index, epoch) = (Int(try reader.integer() as Int64), Int(try reader.integer() as Int64))
            self = .lease(index: index, epoch: epoch, room: reader.isAtEnd ? nil : try reader.room())
        case .epochEnd:
            self = .epochEnd(epoch: Int(try reader.integer() as Int64))
        case .failure:
            let (index, epoch) = (Int(try reader.integer() as Int64), Int(try reader.integer() as Int64))
            self = .failure(
                WorkerFailure(
                    subject: index < 0 ? .opening : .batch(index: index, epoch: epoch), text: reader.rest()))
        case .goodbye:
            self = .goodbye
        case .roomedBatch:
            self = .roomedBatch(try BatchHead(Array(reader.rest())))
        case .batch:
            throw .garbage("a batch without its tensors")
        }
        try reader.end()
    }
}

/// Walks through bytes and never beyond their end.
private struct ByteReader {
    private var remaining: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { remaining = bytes[...] }

    mutating func bytes(_ count: Int) throws(PipelineError) -> ArraySlice<UInt8> {
        guard count <= remaining.count else { throw .garbage("a frame is too short for its kind") }
        defer { remaining = remaining.dropFirst(count) }
        return remaining.prefix(count)
    }

    mutating func integer<Value: FixedWidthInteger>() throws(PipelineError) -> Value {
        let bytes = try bytes(Value.bitWidth / 8)
        return bytes.reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    mutating func room() throws(PipelineError) -> BatchRoom {
        let (offset, byteCount) = (Int(try integer() as Int64), Int(try integer() as Int64))
        guard offset >= 0, byteCount >= 0, !offset.addingReportingOverflow(byteCount).overflow else {
            throw .garbage("a room of \(byteCount) bytes at \(offset)")
        }
        return BatchRoom(offset: offset, byteCount: byteCount)
    }

    mutating func tensor() throws(PipelineError) -> BatchHead.TensorHead {
        let codes = Array(try bytes(4))
        guard let role = TensorRole(rawValue: codes[0]), Int(codes[1]) < DType.codes.count,
            codes[2] <= FrameLimit.rank
        else { throw .garbage("a tensor of role \(codes[0]), element type \(codes[1]) and \(codes[2]) axes") }
        var shape = Shape([])
        for _ in 0..<codes[2] { shape.dimensions.append(Int(try integer() as Int64)) }
        let dtype = DType.codes[Int(codes[1])]
        guard let count = shape.checkedCount, count <= FrameLimit.tensor / dtype.byteCount else {
            throw .garbage("a tensor of shape \(shape); \(FrameLimit.tensor) bytes are allowed")
        }
        return BatchHead.TensorHead(role: role, dtype: dtype, shape: shape)
    }

    var isAtEnd: Bool { remaining.isEmpty }

    mutating func rest() -> ArraySlice<UInt8> {
        defer { remaining = [] }
        return remaining
    }

    func end() throws(PipelineError) {
        guard remaining.isEmpty else { throw .garbage("a frame is too long for its kind") }
    }
}

extension PipelineError {
    /// A frame that breaks the protocol.
    fileprivate static func garbage(_ what: String) -> PipelineError {
        PipelineError(.protocolViolation, "The worker protocol was broken: \(what).")
    }
}
