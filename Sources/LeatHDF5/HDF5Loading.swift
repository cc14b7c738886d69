#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// libhdf5, found and loaded.
struct HDF5Loading {
    /// The environment variable that names the library's file where it is not found by itself.
    static let variable = "LEAT_HDF5"

    private let library: UnsafeMutableRawPointer
    private let path: String

    /// Loads the library.
    ///
    /// - Throws: `HDF5Error` if there is none, or it is older than 1.10.
    init() throws(HDF5Error) {
        let asked = getenv(Self.variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        var failure: HDF5Error?
        var reason = "it is not there"
        for name in asked.map({ [$0] }) ?? Self.names {
            guard let library = dlopen(name, RTLD_NOW) else {
                if asked != nil { reason = dlerror().map { String(cString: $0) } ?? reason }
                continue
            }
            // One that won't do must not stand before one that will.
            do throws(HDF5Error) {
                self = try Self(library, name)
                return
            } catch { failure = failure ?? error }
        }
        let missing = asked.map { "'\($0)', which the environment's \(Self.variable) names," }
        throw failure
            ?? HDF5Error(
                .unreadable,
                "HDF5 files are read by libhdf5, and \(missing ?? "Debian's package libhdf5-dev or what has it elsewhere") "
                    + "can't be loaded: \(reason).")
    }

    /// Opens a library that was loaded.
    private init(_ library: UnsafeMutableRawPointer, _ name: String) throws(HDF5Error) {
        (path, self.library) = (name, library)
        let open: @convention(c) () -> CInt = try function("open")
        typealias Number = UnsafeMutablePointer<CUnsignedInt>
        let getVersion: @convention(c) (Number, Number, Number) -> CInt = try function("get_libversion")
        var (major, minor, release): (CUnsignedInt, CUnsignedInt, CUnsignedInt) = (0, 0, 0)
        guard open() >= 0, getVersion(&major, &minor, &release) >= 0, (major, minor) >= (1, 10) else {
            throw HDF5Error(
                .unsupported, "'\(name)' is version \(major).\(minor).\(release) of libhdf5; 1.10 or later is needed.")
        }
    }

    /// Debian's names, with and without what its developers' package adds, and everybody else's.
    private static var names: [String] {
        #if canImport(Darwin)
            return ["libhdf5.dylib", "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib"]
        #else
            // Of 1.10, 1.12, 1.14 and 2.0.
            let versions = ["", ".103", ".200", ".310", ".320"]
            return ["libhdf5_serial.so", "libhdf5.so"].flatMap { name in versions.map { name + $0 } }
        #endif
    }

    /// The library's function of that name behind `H5`, which must be of the type that is asked for.
    func function<Function>(_ name: String) throws(HDF5Error) -> Function {
        unsafeBitCast(try symbol("H5" + name), to: Function.self)
    }

    /// The library's types with the names behind `H5T_`; they are variables, set when the library is opened.
    func types(_ names: [String]) throws(HDF5Error) -> [String: Int64] {
        var types: [String: Int64] = [:]
        for name in names { types[name] = try symbol("H5T_\(name)_g").load(as: Int64.self) }
        return types
    }

    /// Whether the library has a function of that name behind `H5`.
    func hasFunction(_ name: String) -> Bool { dlsym(library, "H5" + name) != nil }

    private func symbol(_ name: String) throws(HDF5Error) -> UnsafeMutableRawPointer {
        guard let address = dlsym(library, name) else {
            throw HDF5Error(.unsupported, "'\(path)' has no \(name), which libhdf5 has from 1.10 on.")
        }
        return address
    }
}
