/// Keras 2's progress bar as text: state in, text out, no clock and no terminal of its own.
///
/// ```
///  128/1000 [==>...........................] - ETA: 3s - loss: 0.6900
/// 1000/1000 [==============================] - 1s 52us/step - loss: 0.6900 - accuracy: 0.5400
/// ```
public struct ProgressBar: Sendable {
    /// What counts as finished; nil if that is not known.
    public let target: Int?
    /// The number of characters between the brackets.
    public let width: Int

    private var previousWidth = 0
    /// Whether the work has ended, full or not: then the time that it took is shown, and not what is left.
    var isFinished = false

    /// A bar that is full at `target`.
    public init(target: Int?, width: Int = 30) {
        self.target = target
        self.width = width
    }

    /// The bar's line, without anything that moves the cursor.
    ///
    /// - Parameters:
    ///   - current: How far the work has come, in units of the target.
    ///   - elapsed: Seconds since the start.
    ///   - values: Shown after the bar.
    /// - Returns: One line without its end.
    public func line(_ current: Int, elapsed: Double, values: MetricValues? = nil) -> String {
        bar(current) + time(current, elapsed: elapsed) + Self.text(of: values)
    }

    /// The text that draws the line over the one drawn before, with a newline when the target is reached.
    public mutating func redraw(_ current: Int, elapsed: Double, values: MetricValues? = nil) -> String {
        let line = line(current, elapsed: elapsed, values: values)
        let rubOut = String(repeating: "\u{8}", count: previousWidth) + "\r"
        let blanks = String(repeating: " ", count: max(0, previousWidth - line.count))
        previousWidth = line.count
        return rubOut + line + blanks + (isComplete(current) ? "\n" : "")
    }

    /// The line that Keras prints an epoch at `verbose` 2.
    public static func summary(elapsed: Double, values: MetricValues?) -> String {
        " - \(DecimalText.fixed(elapsed, digits: 0))s" + text(of: values)
    }

    private func isComplete(_ current: Int) -> Bool { target.map { current >= $0 } ?? false }

    private func bar(_ current: Int) -> String {
        guard let target else { return DecimalText.padded(current, width: 7) + "/Unknown" }
        let filled = target > 0 ? min(width, max(0, Int(Double(width) * Double(current) / Double(target)))) : width
        var bar = "\(DecimalText.padded(current, width: String(target).count))/\(target) ["
        if filled > 0 { bar += String(repeating: "=", count: filled - 1) + (current < target ? ">" : "=") }
        return bar + String(repeating: ".", count: width - filled) + "]"
    }

    private func time(_ current: Int, elapsed: Double) -> String {
        let unit = current > 0 ? elapsed / Double(current) : 0
        if let target, current < target, !isFinished {
            return " - ETA: " + Self.duration(unit * Double(target - current))
        }
        let rate =
            switch unit {
            case 1...: DecimalText.fixed(unit, digits: 0) + "s"
            case 1e-3...: DecimalText.fixed(unit * 1e3, digits: 0) + "ms"
            default: DecimalText.fixed(unit * 1e6, digits: 0) + "us"
            }
        return " - \(DecimalText.fixed(elapsed, digits: 0))s \(rate)/step"
    }

    /// `H:MM:SS` above an hour, `M:SS` above a minute, `Ns` below.
    private static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(seconds)
        let minutes = whole / 60 % 60
        let rest = DecimalText.padded(whole % 60, width: 2, with: "0")
        if seconds > 3600 { return "\(whole / 3600):\(DecimalText.padded(minutes, width: 2, with: "0")):\(rest)" }
        return seconds > 60 ? "\(whole / 60):\(rest)" : "\(whole)s"
    }

    private static func text(of values: MetricValues?) -> String {
        guard let values, !values.names.isEmpty else { return "" }
        return " - \(values)"
    }
}
