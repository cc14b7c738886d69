#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The one door to libhdf5.
enum HDF5Library {
    /// Whose turn it is.
    ///
    /// libhdf5 serves one thread at a time; where it doesn't see to that itself, two threads would break it. So this
    /// lock does hold I/O, unlike others: those who wait are loaders' threads, which may.
    private static let turn = RecursiveLock()

    /// The library, once somebody has asked for it.
    private static let loaded = Result { () throws(HDF5Error) in try HDF5Functions(HDF5Loading()) }

    /// Calls `body` with the library's functions while no other thread uses them.
    ///
    /// - Throws: `HDF5Error` if there is no library; what `body` throws.
    static func use<Value>(_ body: (HDF5Functions) throws -> Value) throws -> Value {
        try turn.withLock {
            let library = try loaded.get()
            // Where the library has an error stack for each thread, each must be told not to print it.
            _ = library.eSetAuto(0, nil, nil)
            return try body(library)
        }
    }

    /// A lock that its holder may take again: what the library opened is closed wherever the last reference to it goes.
    private final class RecursiveLock: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

        init() {
            var attributes = pthread_mutexattr_t()
            pthread_mutexattr_init(&attributes)
            pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_RECURSIVE))
            pthread_mutex_init(mutex, &attributes)
            pthread_mutexattr_destroy(&attributes)
        }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        func withLock<Value>(_ body: () throws -> Value) rethrows -> Value {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body()
        }
    }
}

/// Something that the library keeps open as long as this refers to it.
final class HDF5Handle: Sendable {
    let id: HDF5Functions.ID
    private let close: HDF5Functions.Close

    /// Takes over what the library opened; nil if it failed.
    init?(_ id: HDF5Functions.ID, closedBy close: @escaping HDF5Functions.Close) {
        guard id >= 0 else { return nil }
        self.id = id
        self.close = close
    }

    deinit { _ = try? HDF5Library.use { _ in close(id) } }
}
