#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Names for what the system says.
enum POSIX {
    /// The system's words for an error code.
    static func message(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
}
