import LeatCore

/// What a program and its workers say to each other; `docs/worker-protocol.md` describes the bytes.
enum WorkerMessage: Sendable, Equatable {
    /// Worker: I am one, and speak this version.
    case hello(version: UInt32, abilities: WorkerAbilities = [])
    /// Program: open this source.
    case open(source: String, configuration: [UInt8])
    /// Worker: the source is open and has so many batches.
    case opened(count: Int)
    /// Program: make this batch; there is room for it in the memory that we share.
    case lease(index: Int, epoch: Int, room: BatchRoom? = nil)
    /// Program: this epoch is over.
    case epochEnd(epoch: Int)
    /// Worker: here is the batch.
    case batch(index: Int, epoch: Int, Batch)
    /// Worker: here is the batch, in the room that came with the lease.
    case roomedBatch(BatchHead)
    /// Worker: it did not work, and this is why.
    case failure(WorkerFailure)
    /// Program: that was all.
    case goodbye

    /// The version of the protocol that this code speaks.
    static let version: UInt32 = 1

    /// The kinds of frames.
    enum Kind: UInt32 {
        case hello = 1
        case open, opened, lease, epochEnd, batch, failure, goodbye, roomedBatch
    }

    var kind: Kind {
        switch self {
        case .hello: .hello
        case .open: .open
        case .opened: .opened
        case .lease: .lease
        case .epochEnd: .epochEnd
        case .batch: .batch
        case .roomedBatch: .roomedBatch
        case .failure: .failure
        case .goodbye: .goodbye
        }
    }
}

/// What a worker can do beside what each must.
struct WorkerAbilities: OptionSet, Sendable {
    let rawValue: UInt32

    /// It writes a batch into the room that comes with the lease.
    static let rooms = WorkerAbilities(rawValue: 1)
}

/// A part of the memory that a program shares with one worker, for one batch.
struct BatchRoom: Sendable, Equatable {
    let offset: Int
    let byteCount: Int

    /// Tensors begin at multiples of this, counted from the room's start.
    static let alignment = 64

    /// Where tensors of these sizes begin, and where the last one ends; nil if that can't be counted.
    static func layout(_ byteCounts: [Int]) -> (starts: [Int], end: Int)? {
        var end = 0
        var starts: [Int] = []
        for byteCount in byteCounts {
            let start = (end + alignment - 1) / alignment * alignment
            let (sum, overflow) = start.addingReportingOverflow(byteCount)
            guard !overflow, sum <= Int.max - alignment else { return nil }
            starts.append(start)
            end = sum
        }
        return (starts, end)
    }
}

/// What went wrong in a worker.
struct WorkerFailure: Sendable, Hashable {
    enum Subject: Sendable, Hashable {
        /// The source could not be opened.
        case opening
        /// A batch could not be made.
        case batch(index: Int, epoch: Int)
    }

    let subject: Subject
    let message: String
    /// The file and the sample in it that are to blame, where the source could tell.
    var file: String?
    var sample: Int?
}

extension WorkerFailure {
    /// The message, then the file and the sample, each after a zero byte and empty where there is none.
    var text: [UInt8] {
        var text = Self.field(message, limit: 64 << 10)
        guard file != nil || sample != nil else { return text }
        for field in [file ?? "", sample.map(String.init) ?? ""] { text += [0] + Self.field(field, limit: 4 << 10) }
        return text
    }

    private static func field(_ text: String, limit: Int) -> [UInt8] { text.utf8.prefix(limit).filter { $0 != 0 } }

    init(subject: Subject, text: ArraySlice<UInt8>) {
        let fields = text.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        self.subject = subject
        message = fields[0]
        file = fields.count > 1 && !fields[1].isEmpty ? fields[1] : nil
        sample = fields.count > 2 ? Int(fields[2]) : nil
    }
}

/// The lengths beyond which a frame is a mistake, not a message.
enum FrameLimit {
    /// Bytes of a frame's description: a configuration, an error message, the shapes of a batch.
    static let head = 16 << 20
    /// Bytes of one tensor.
    static let tensor = 4 << 30
    /// Axes of one tensor.
    static let rank = 32

    /// Checks that a tensor can be told of and is not too large.
    ///
    /// - Throws: `PipelineError` that names the shape and the limit.
    static func check(_ name: String, _ shape: Shape, _ dtype: DType) throws(PipelineError) {
        guard shape.rank <= rank else {
            throw PipelineError(
                .shapeMismatch,
                "The \(name) have \(shape.rank) axes, shape \(excerpt(shape)); "
                    + "a worker process can send a tensor of at most \(rank).")
        }
        guard let count = shape.checkedCount, count <= tensor / dtype.byteCount else {
            throw PipelineError(
                .shapeMismatch,
                "The \(name) have shape \(shape) and elements of \(dtype.byteCount) bytes; "
                    + "a worker process can send a tensor of at most \(tensor) bytes.")
        }
    }

    private static func excerpt(_ shape: Shape) -> String {
        "(" + shape.dimensions.prefix(rank).map(String.init).joined(separator: ", ") + ", …)"
    }
}
