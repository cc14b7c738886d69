/// Where a loader is, as it is kept for another run: a position, and the settings that give it a meaning.
///
/// As JSON it is small and readable:
///
/// ```json
/// {"version": 1, "epoch": 2, "batch": 117, "settings": {"batchSize": 128, "dataset": "8c1f…", "seed": 7, …}}
/// ```
///
/// The position counts the batches that the consumer has taken, not those that were being prepared. It does not say how
/// many workers or ranks there were: any number goes on from it, with the same batches. Settings that differ are refused
/// by name.
public struct LoaderState: Sendable, Hashable {
    /// The version of the form in which states are written.
    public static let version = 1

    /// The position before the next batch.
    public var position: BatchPosition
    /// What the batches and their order depend on, by name.
    public var settings: [String: StateValue]
    /// The batches that were skipped or replaced before; they count against the fault policy's allowance.
    public var faults: [BatchFault]

    /// A state at a position.
    public init(position: BatchPosition, settings: [String: StateValue], faults: [BatchFault] = []) {
        self.position = position
        self.settings = settings
        self.faults = faults
    }

    /// Checks that the settings are those of the loader that is to go on.
    ///
    /// - Throws: `PipelineError` that names each setting that differs, with both values.
    func check(against present: [String: StateValue]) throws(PipelineError) {
        let differing = Set(settings.keys).union(present.keys).filter { settings[$0] != present[$0] }.sorted()
        guard !differing.isEmpty else { return }
        let pairs = differing.map { name in
            "\(name) was \(settings[name]?.description ?? "not set") and is \(present[name]?.description ?? "not set")"
        }
        throw PipelineError(
            .changedSettings,
            "The state of batch \(position.index) of epoch \(position.epoch) can't be resumed here: "
                + pairs.joined(separator: "; ") + ".")
    }
}

extension LoaderState: Codable {
    private enum CodingKeys: CodingKey { case version, epoch, batch, settings, faults }

    /// Reads what `encode(to:)` writes.
    ///
    /// - Throws: `DecodingError` if it is not a state, or one of another version.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let version = try fields.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: fields,
                debugDescription: "The state has version \(version); version \(Self.version) is read.")
        }
        position = BatchPosition(
            epoch: try fields.decode(Int.self, forKey: .epoch), index: try fields.decode(Int.self, forKey: .batch))
        settings = try fields.decode([String: StateValue].self, forKey: .settings)
        faults = try fields.decodeIfPresent([BatchFault].self, forKey: .faults) ?? []
    }

    /// Writes the version, the position and the settings, and faults if there are any.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(Self.version, forKey: .version)
        try fields.encode(position.epoch, forKey: .epoch)
        try fields.encode(position.index, forKey: .batch)
        try fields.encode(settings, forKey: .settings)
        if !faults.isEmpty { try fields.encode(faults, forKey: .faults) }
    }
}

/// The value of a setting in a state.
public enum StateValue: Sendable, Hashable {
    case flag(Bool)
    case number(UInt64)
    case text(String)
}

extension StateValue: CustomStringConvertible {
    /// The value; text in backquotes.
    public var description: String {
        switch self {
        case .flag(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): "`\(value)`"
        }
    }
}

extension StateValue: Codable {
    /// Reads a JSON boolean, whole number or string.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(UInt64.self) {
            self = .number(number)
        } else {
            self = .text(try value.decode(String.self))
        }
    }

    /// Writes the bare value.
    public func encode(to encoder: any Encoder) throws {
        var field = encoder.singleValueContainer()
        switch self {
        case .flag(let value): try field.encode(value)
        case .number(let value): try field.encode(value)
        case .text(let value): try field.encode(value)
        }
    }
}
