import LeatCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes a line of comma-separated values an epoch: the epoch's number, then its values in alphabetical order.
///
/// The first epoch decides on the columns; a value that a later epoch lacks is written as `NA`. Lines end as in
/// Python's `csv` module, with a carriage return and a line feed, and are in the file as soon as the epoch is over.
public final class CSVLogger: Callback {
    private struct State {
        var columns: [String]?
    }

    private let path: String
    private let separator: String
    private let appends: Bool
    private let state = Lock(State())

    /// Writes to the file at `path`; `append` goes on with an existing one, without a second header.
    public init(_ path: String, separator: String = ",", append: Bool = false) {
        self.path = path
        self.separator = separator
        appends = append
    }

    /// Empties the file unless it is to be appended to.
    ///
    /// - Throws: `TrainerError` if the file can't be written.
    public func onTrainBegin(_ session: TrainingSession) throws {
        let isNew = state.withLock { state in
            if !appends { state.columns = nil }
            return !appends
        }
        if isNew { try write("", mode: "wb") }
    }

    /// Writes the epoch's line.
    ///
    /// - Throws: `TrainerError` if the file can't be written.
    public func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) throws {
        let known = state.withLock { $0.columns }
        let columns = known ?? logs.names.sorted()
        var text = ""
        if known == nil {
            state.withLock { $0.columns = columns }
            if isEmpty { text = line(["epoch"] + columns) }
        }
        text += line([String(epoch)] + columns.map { name in logs[name].map(String.init(describing:)) ?? "NA" })
        try write(text, mode: "ab")
    }

    private func line(_ fields: [String]) -> String {
        let quoted = fields.map { field in
            guard field.contains(separator) || field.contains("\"") else { return field }
            return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }
        return quoted.joined(separator: separator) + "\r\n"
    }

    private var isEmpty: Bool {
        var status = stat()
        return stat(path, &status) != 0 || status.st_size == 0
    }

    private func write(_ text: String, mode: String) throws {
        guard let file = fopen(path, mode) else { throw failure() }
        let count = text.utf8.count
        let written = Array(text.utf8).withUnsafeBytes { fwrite($0.baseAddress, 1, count, file) }
        guard fclose(file) == 0, written == count else { throw failure() }
    }

    private func failure() -> TrainerError {
        TrainerError(.fileNotWritten, "CSVLogger can't write \(path): \(String(cString: strerror(errno))).")
    }
}
