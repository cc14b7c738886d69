#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The machine's processors.
enum Processors {
    /// How many there are, at least one.
    static var count: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }
}
