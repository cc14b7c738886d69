import LeatCore
import LeatFormats
import LeatHDF5
import LeatPipeline
import Testing

/// Files that h5py wrote.
@Suite struct HDF5Tests {
    private func file(_ name: String) -> String { fixture("../hdf5/" + name) }

    @Test(arguments: DType.allCases) func `Every element type is read`(dtype: DType) throws {
        let dataset = try HDF5File(file("plain.h5")).dataset("types/\(dtype)")
        #expect(dataset.element == .number(dtype))
        let first = dtype.rawValue.hasPrefix("u") ? 0.0 : -3
        let expected = try Tensor((0..<6).map { first + Double($0) }, shape: [3, 2]).converted(to: dtype)
        #expect(try dataset.rows(0..<3) == expected)
        #expect(try dataset.rows(1..<2) == expected[1..<2])
        #expect(try dataset.rows(2..<2).shape == [0, 2])
    }

    @Test func `Other byte orders, booleans and texts are read`() throws {
        let opened = try HDF5File(file("plain.h5"))
        #expect(
            try opened.dataset("types/big_endian").rows(0..<3)
                == Tensor([0, 1, 2, 3, 4, 5] as [Int32], shape: [3, 2]))
        #expect(try opened.dataset("types/bool").rows(0..<3) == Tensor([1, 0, 1] as [UInt8]))
        #expect(try opened.dataset("types/text").texts(0..<3) == ["é", "", "three"])
        #expect(try opened.dataset("types/text").texts(2..<3) == ["three"])
        #expect(try opened.dataset("types/bytes").texts(0..<3) == ["abc", "", "de"])
        #expect(try opened.texts(ofAttribute: "names", of: "types") == ["a", "bé"])
        #expect(try opened.texts(ofAttribute: "one", of: "types") == ["text"])
        #expect(try opened.texts(ofAttribute: "none", of: "types") == nil)
        #expect(throws: HDF5Error.self) { try opened.texts(ofAttribute: "number", of: "types") }
        #expect(try opened.members().map(\.name) == ["types"])
        #expect(try opened.datasetNames().count == 15)
    }

    @Test func `Datasets of one length are columns of a source`() throws {
        let source = try SampleSource(file("samples.h5"))
        #expect(source.format == .hdf5)
        let reader = try source.reader()
        #expect(
            reader.columns == [
                ColumnDescription("name", .text), ColumnDescription("x", .numbers(.float32, [3, 2])),
                ColumnDescription("y", .numbers(.int64, [])),
            ])
        let blocks = try readAll(reader, blockSize: 7)
        #expect(blocks["x"]?.tensor == (try Tensor((0..<120).map { Float($0) }, shape: [20, 3, 2])))
        #expect(blocks["y"]?.tensor == Tensor((0..<20).map { Int64($0 % 3) }))
        #expect(blocks["name"]?.texts == (0..<20).map { "n\($0)" })
        expectFormatError(.missing, "'z'", "name, scale, x, y") {
            _ = try source.reader(columns: [ColumnChoice("z")])
        }
    }

    @Test func `Samples are read by number, a run of neighbours at once`() async throws {
        let samples = try HDF5Samples(file("samples.h5"), columns: ["x", "y"])
        #expect(samples.count == 20)
        let read = try await samples.samples(at: [4, 5, 6, 1, 19], epoch: 0)
        #expect(try read.map { try $0.tensor("y").elements(as: Int64.self)[0] } == [1, 2, 0, 1, 1])
        #expect(try read.map { try $0.tensor("x").elements(as: Float.self)[0] } == [24, 30, 36, 6, 114])
        await #expect(throws: HDF5Error.self) { try await samples.sample(at: 20) }
        await #expect(throws: HDF5Error.self) { try await samples.sample(at: -1) }
        // Whole batches in shuffled order: Keras' shuffle="batch".
        let loader = try BatchLoader(BatchSource(try samples.batched(5)), workers: 2, shuffle: true, seed: 1)
        let order = BatchOrder(count: 4, shuffledBy: 1, epoch: 0)
        try await loader.withBatches(limit: 4) { batches in
            for number in order {
                let batch = try #require(try await batches.next())
                #expect(try batch.inputs.elements(as: Float.self) == (0..<30).map { Float(number * 30 + $0) })
            }
        }
    }

    @Test func `What has no meaning is refused`() async throws {
        let odd = try HDF5File(file("odd.h5"))
        for name in ["records", "complex"] { #expect(throws: HDF5Error.self) { try odd.dataset(name) } }
        #expect(throws: HDF5Error.self) { try odd.dataset("nothing") }
        #expect(throws: HDF5Error.self) { try odd.datasetNames() }
        #expect(throws: HDF5Error.self) { try odd.dataset("huge").rows(0..<1) }
        #expect(throws: HDF5Error.self) { try odd.dataset("a").texts(0..<1) }
        #expect(throws: HDF5Error.self) { try HDF5Samples(file("odd.h5"), columns: ["a", "b"]) }
        #expect(throws: HDF5Error.self) { try HDF5File(fixture("int8.npy")) }
        let folder = try TemporaryFolder()
        let cut = try folder.write(try bytes(of: file("samples.h5")).dropLast(1000), to: "cut.h5")
        #expect(throws: HDF5Error.self) { try HDF5File(cut) }
        expectFormatError(.unreadable, "cut.h5") { _ = try SampleSource(cut).reader() }
    }
}
