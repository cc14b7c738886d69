/// Prints how an epoch, an evaluation or a prediction comes along, as the verbosity says.
///
/// On a terminal a bar is drawn over itself at most twenty times a second; elsewhere the finished line is all.
struct ProgressReport {
    /// The shortest time between two drawings of an unfinished bar, in seconds.
    static let interval = 0.05

    private let console: Console
    private let verbosity: Verbosity
    private var bar = ProgressBar(target: nil)
    private var start = 0.0
    private var nextDrawing = 0.0
    private var current = 0

    init(console: Console, verbosity: Verbosity) {
        self.console = console
        self.verbosity = verbosity
    }

    /// Whether `advance` has something to draw now; reads the clock and nothing else.
    var wantsDrawing: Bool { verbosity == .progressBar && console.isTerminal && console.now() >= nextDrawing }

    /// Prints a line unless silent.
    func say(_ line: @autoclosure () -> String) {
        if verbosity != .silent { console.write(line() + "\n") }
    }

    /// Starts a bar towards `target` units.
    mutating func begin(target: Int?) {
        guard verbosity != .silent else { return }
        bar = ProgressBar(target: target)
        start = console.now()
        nextDrawing = start
        current = 0
    }

    /// Counts `units` more, and draws the bar if the last drawing is long enough ago.
    mutating func advance(by units: Int, values: @autoclosure () -> MetricValues?) {
        current += units
        // The full bar is left to `end`, which knows the final values.
        guard wantsDrawing, bar.target.map({ current < $0 }) ?? true else { return }
        let now = console.now()
        console.write(bar.redraw(current, elapsed: now - start, values: values()))
        nextDrawing = now + Self.interval
    }

    /// Finishes the bar with the final values.
    mutating func end(values: MetricValues?) {
        let elapsed = verbosity == .silent ? 0 : console.now() - start
        bar.isFinished = true
        switch verbosity {
        case .silent:
            break
        case .progressBar where console.isTerminal:
            let text = bar.redraw(current, elapsed: elapsed, values: values)
            console.write(text.hasSuffix("\n") ? text : text + "\n")
        case .progressBar:
            console.write(bar.line(current, elapsed: elapsed, values: values) + "\n")
        case .onePerEpoch:
            console.write(ProgressBar.summary(elapsed: elapsed, values: values) + "\n")
        }
    }
}
