#if HDF5
    import CHDF5
    import Foundation

    /// The one door to libhdf5.
    enum HDF5Library {
        /// Whose turn it is.
        ///
        /// libhdf5 serves one thread at a time; where it doesn't see to that itself, two threads would break it. So this
        /// lock does hold I/O, unlike others: those who wait are loaders' threads, which may. It may be taken twice,
        /// because what the library opened is closed wherever the last reference to it goes.
        private static let turn = NSRecursiveLock()

        /// Calls `body` while no other thread uses the library.
        static func use<Result>(_ body: () throws -> Result) rethrows -> Result {
            turn.lock()
            defer { turn.unlock() }
            // Where the library has an error stack for each thread, each must be told not to print it.
            leat_h5_quiet()
            return try body()
        }
    }

    /// Something that the library keeps open as long as this refers to it.
    final class HDF5Handle: Sendable {
        let id: hid_t
        private let close: @Sendable (hid_t) -> Void

        /// Takes over what the library opened; nil if it failed.
        init?(_ id: hid_t, closedBy close: @escaping @Sendable (hid_t) -> Void) {
            guard id >= 0 else { return nil }
            self.id = id
            self.close = close
        }

        deinit { HDF5Library.use { close(id) } }
    }
#endif
