import Foundation
import LeatCore
import LeatPipeline
import LeatTestSupport

/// A worker that makes a `CountingSource`'s batches and lies about one of them.
///
/// Written from the description of the protocol, byte by byte, and not with the library's own frames.
struct Liar {
    private let lie: Lie
    /// The batch to lie about; with a marker, the first from there on that can be lied about.
    private let index: Int
    /// A file that is made with the lie, so that it is told once; without one it is told each time.
    private let markerPath: String?

    private let memory = getenv("LEAT_WORKER_BATCHES").flatMap { Int32(String(cString: $0)) }
    private var configuration = CountingSource(count: 0).configuration
    private var epochEnds = 0
    private var answered: [Lease] = []

    private struct Lease {
        let index: Int
        let epoch: Int
        var room: (offset: Int, byteCount: Int)?
    }

    /// `liar`, what it says, about which batch, and the marker, if there is one.
    init?(_ arguments: [String]) {
        guard arguments.count >= 4, arguments[1] == "liar", let lie = Lie(rawValue: arguments[2]),
            let index = Int(arguments[3])
        else { return nil }
        self.lie = lie
        self.index = index
        markerPath = arguments.count > 4 ? arguments[4] : nil
    }

    /// Serves until the other side is gone.
    mutating func run() throws -> Never {
        signal(SIGPIPE, SIG_IGN)
        Self.send(1, Self.bytes(UInt32(1)) + Self.bytes(UInt32(1)))
        while true {
            let (kind, head) = Self.receive()
            switch kind {
            case 2:
                let name = Int(head[0..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
                configuration = try JSONDecoder().decode(
                    CountingSource.Configuration.self, from: Data(head.dropFirst(4 + name)))
                Self.send(3, Self.bytes(Int64(configuration.count)))
            case 4: try answer(Self.lease(head))
            case 5: epochEnds += 1
            default: exit(0)
            }
        }
    }

    private mutating func answer(_ lease: Lease) throws {
        guard isDue(lease) else { return try tellTruth(lease) }
        switch lie {
        case .noRoom: Self.send(9, try head(lease))
        case .byteTooMany: Self.send(9, head(lease, Shape([lease.room?.byteCount ?? 0, 1]), more: 1))
        case .gigabyte: Self.send(9, head(lease, Shape([1 << 20, 1000])))
        case .nextLease:
            let next = Self.lease(Self.receive().head)
            try put(lease)
            Self.send(9, try head(next))
            try tellTruth(lease)
        case .neverAsked:
            Self.send(9, try head(Lease(index: lease.index + configuration.count, epoch: lease.epoch)))
        case .otherEpoch: Self.send(9, try head(Lease(index: lease.index, epoch: lease.epoch + 1)))
        case .twice:
            try tellTruth(lease)
            Self.send(9, try head(lease))
        case .twiceInPipe:
            for _ in 0..<2 { try sendThroughPipe(lease) }
        case .givenBack:
            try sendThroughPipe(lease)
            Self.send(9, try head(lease))
        case .longAnswered: Self.send(9, try head(answered.first ?? lease))
        }
    }

    private func isDue(_ lease: Lease) -> Bool {
        guard let markerPath else { return lease.index == index }
        guard lease.index >= index, lease.room != nil || !lie.needsRoom else { return false }
        let descriptor = open(markerPath, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    private mutating func tellTruth(_ lease: Lease) throws {
        answered.append(lease)
        if lease.room == nil { return try sendThroughPipe(lease) }
        try put(lease)
        Self.send(9, try head(lease))
    }

    // MARK: Batches

    private func tensors(_ lease: Lease) throws -> [(role: UInt8, dtype: UInt8, tensor: Tensor)] {
        let batch = try CountingSource.batch(
            at: lease.index, epoch: lease.epoch, epochEnds: epochEnds, configuration)
        return [(0, 0, batch.inputs)] + (batch.targets.map { [(1, 5, $0)] } ?? [])
            + (batch.sampleWeights.map { [(2, 9, $0)] } ?? [])
    }

    private func head(_ lease: Lease) throws -> [UInt8] {
        let tensors = try tensors(lease)
        return Self.place(lease) + Self.bytes(UInt32(tensors.count))
            + tensors.flatMap { Self.tensor($0.role, $0.dtype, $0.tensor.shape) }
    }

    /// A description of inputs of that shape, and of so many bytes of targets.
    private func head(_ lease: Lease, _ shape: Shape, more: Int? = nil) -> [UInt8] {
        Self.place(lease) + Self.bytes(UInt32(more == nil ? 1 : 2)) + Self.tensor(0, 0, shape)
            + (more.map { Self.tensor(1, 0, Shape([$0])) } ?? [])
    }

    private func put(_ lease: Lease) throws {
        guard let memory, let room = lease.room else { return }
        var position = room.offset
        for (_, _, tensor) in try tensors(lease) {
            position = (position + 63) / 64 * 64
            tensor.withUnsafeBytes { _ = pwrite(memory, $0.baseAddress, $0.count, off_t(position)) }
            position += tensor.byteCount
        }
    }

    private func sendThroughPipe(_ lease: Lease) throws {
        Self.send(6, try head(lease), try tensors(lease).flatMap { $0.tensor.withUnsafeBytes(Array.init) })
    }

    // MARK: Frames

    private static func place(_ lease: Lease) -> [UInt8] { bytes(Int64(lease.index)) + bytes(Int64(lease.epoch)) }

    private static func tensor(_ role: UInt8, _ dtype: UInt8, _ shape: Shape) -> [UInt8] {
        [role, dtype, UInt8(shape.rank), 0] + shape.dimensions.flatMap { bytes(Int64($0)) }
    }

    private static func lease(_ head: [UInt8]) -> Lease {
        let numbers = stride(from: 0, to: head.count, by: 8).map { start in
            Int(head[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int64($1) })
        }
        return Lease(
            index: numbers[0], epoch: numbers[1], room: numbers.count == 4 ? (numbers[2], numbers[3]) : nil)
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }

    private static func send(_ kind: UInt32, _ head: [UInt8], _ payload: [UInt8] = []) {
        let start = Array("LEAT".utf8) + bytes(kind) + bytes(UInt32(head.count)) + bytes(UInt64(payload.count))
        var rest = (start + bytes(CRC32C.checksum(start + head)) + head + payload)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 { exit(0) }
            rest = rest.dropFirst(count)
        }
    }

    private static func receive() -> (kind: UInt32, head: [UInt8]) {
        let header = read(24)
        func number(at place: Int) -> UInt32 { header[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        return (number(at: 4), read(Int(number(at: 8))))
    }

    private static func read(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var part = [UInt8](repeating: 0, count: count - bytes.count)
            let read = Foundation.read(STDIN_FILENO, &part, part.count)
            if read <= 0 { exit(0) }
            bytes += part.prefix(read)
        }
        return bytes
    }
}
