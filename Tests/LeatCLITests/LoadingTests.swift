import Foundation
import LeatTestSupport
import Testing

/// What is loaded with the program, for which every worker process waits, and what only when it is needed.
@Suite struct LoadingTests {
    #if os(Linux) && canImport(Glibc)
        @Test func `The program is loaded without Foundation's languages, libhdf5 and oneDNN`() async throws {
            // The dynamic linker's way to list what it loads instead of starting the program.
            let loaded = try await leat(environment: ["LD_TRACE_LOADED_OBJECTS": "1"]).output
            try #require(loaded.contains("libzstd"))
            for library in ["libFoundation.so", "FoundationICU", "libFoundationInternationalization", "hdf5", "dnnl"] {
                #expect(!loaded.contains(library), "\(library) in \(loaded)")
            }
        }
    #endif

    @Test func `Without libhdf5 its files are refused and others are read`() async throws {
        let without = ["LEAT_HDF5": "/nowhere/libhdf5.so"]
        let refused = try await leat("inspect", fixture("../hdf5/samples.h5"), environment: without)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("'/nowhere/libhdf5.so', which the environment's LEAT_HDF5 names"))
        #expect(refused.errors.contains("No such file or directory"), "\(refused)")
        let folder = try TemporaryFolder()
        let lines = try folder.write(Array("one\ntwo\n".utf8), to: "x.txt")
        #expect(try await leat("inspect", lines, environment: without).code == 0)
    }

    @Test func `A library without the functions is refused`() async throws {
        let other = try await leat("inspect", fixture("../hdf5/samples.h5"), environment: ["LEAT_HDF5": "libz.so.1"])
        #expect(other.code == 1)
        #expect(other.errors.contains("'libz.so.1' has no H5open"), "\(other)")
    }

    @Test func `An empty name of a library is none`() async throws {
        #expect(try await leat("inspect", fixture("../hdf5/samples.h5"), environment: ["LEAT_HDF5": ""]).code == 0)
    }
}
