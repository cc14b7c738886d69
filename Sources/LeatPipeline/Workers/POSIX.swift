#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Names for what the system says.
package enum POSIX {
    /// The system's words for an error code, and what can be done about it where that is known.
    package static func message(_ code: Int32 = errno) -> String {
        let words = String(cString: strerror(code))
        guard code == EMFILE else { return words }
        return "\(words); this process has as many open as it may, and `ulimit -n` with a greater number allows it more"
    }
}
