/// Reads the lines of text files, plain or compressed, as samples of one column.
public final class TextLinesReader: SampleReader {
    /// `text`.
    public let columns = [ColumnDescription("text", .text)]
    /// Not known before the last line has been read.
    public let count: Int? = nil

    private let path: String
    private var lines: FileLines
    private var hasLines = false

    /// A reader of the files at the paths, one after another; empty lines are samples, too.
    public init(_ paths: [String]) {
        path = paths.first ?? ""
        lines = FileLines(paths)
    }

    /// The next `limit` lines, without their ends; fewer where the files end.
    ///
    /// - Throws: `FormatError` if a file can't be read, a line is not UTF-8, or there is none.
    public func read(_ limit: Int) throws -> [Column] {
        var texts: [String] = []
        while texts.count < limit, let text = try lines.nextText() { texts.append(text) }
        hasLines = hasLines || !texts.isEmpty
        guard hasLines || limit <= 0 else { throw FormatError(.missing, "'\(path)' has no lines.") }
        return [.text(texts)]
    }
}
