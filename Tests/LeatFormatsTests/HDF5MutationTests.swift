import Foundation
import LeatHDF5
import Testing

/// HDF5 files that are cut short, read by a process of its own: libhdf5 trusts its files, and what it does about other
/// damage is its own affair.
@Suite(.timeLimit(.minutes(1))) struct HDF5MutationTests {
    @Test func `files that are cut short are refused`() async {
        await #expect(processExitsWith: .success) {
            for name in ["samples.h5", "plain.h5"] {
                let bytes = try bytes(of: fixture("../hdf5/" + name))
                let folder = try TemporaryFolder()
                for length in stride(from: 0, to: bytes.count, by: 53) {
                    let path = try folder.write(bytes.prefix(length), to: "cut.h5")
                    #expect(throws: HDF5Error.self, "\(name), \(length) bytes") { try HDF5File(path) }
                }
                _ = try HDF5File(try folder.write(bytes, to: "whole.h5")).datasetNames()
            }
        }
    }
}
