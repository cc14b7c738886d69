#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where a trainer prints, and the clock it prints by.
public struct Console: Sendable {
    /// Whether a line can be drawn over; otherwise only finished lines are written.
    public let isTerminal: Bool
    package let write: @Sendable (String) -> Void
    let now: @Sendable () -> Double

    /// A console that hands every piece of text to `write`; `now` gives seconds from any fixed point.
    public init(
        isTerminal: Bool, now: @escaping @Sendable () -> Double = { Console.uptime },
        write: @escaping @Sendable (String) -> Void
    ) {
        self.isTerminal = isTerminal
        self.write = write
        self.now = now
    }

    /// The standard output, in step with what `print` writes.
    public static let standardOutput = Console(isTerminal: isatty(STDOUT_FILENO) == 1) { text in
        print(text, terminator: "")
        fflush(nil)
    }

    /// The standard error.
    public static let standardError = Console(isTerminal: isatty(STDERR_FILENO) == 1) { text in
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = systemWrite(STDERR_FILENO, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }

    /// Seconds of a clock that never goes back.
    public static var uptime: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - Console.start).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    private static let start = ContinuousClock.now
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
