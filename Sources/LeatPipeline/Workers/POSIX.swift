#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the system says, in our names.
package enum POSIX {
    /// Whether the path is a folder.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The system's words for an error code, and what can be done about it where that is known.
    package static func message(_ code: Int32 = errno) -> String {
        let words = String(cString: strerror(code))
        guard code == EMFILE else { return words }
        return "\(words); this process has as many open as it may, and `ulimit -n` with a greater number allows it more"
    }
}
