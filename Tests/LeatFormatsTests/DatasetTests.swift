import LeatCore
import LeatDatasets
import LeatFormats
import Testing

@Suite struct DatasetTests {
    @Test func `Digits are scikit-learn's`() throws {
        let (images, labels) = try Digits.loadAll()
        #expect(images.shape == [1797, 8, 8, 1])
        #expect(images.dtype == .uint8)
        // load_digits(): images[0][0] and target[:10].
        #expect(try images[0][0].reshaped(to: [8]) == Tensor([UInt8(0), 0, 5, 13, 9, 1, 0, 0]))
        #expect(try labels[0..<10] == Tensor((0..<10).map { UInt8($0) }))
        let values: [UInt8] = try labels.elements()
        let counts = (0..<10).map { digit in values.count { $0 == UInt8(digit) } }
        #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        #expect(try images.elements(as: UInt8.self).max() == 16)
    }

    @Test func `The split of the digits is a fixed shuffle that loses none`() throws {
        let data = try Digits.load()
        #expect(data.train.images.shape == [1437, 8, 8, 1])
        #expect(data.test.images.shape == [360, 8, 8, 1])
        #expect(try data == Digits.load())
        #expect(try data != Digits.load(seed: 1))
        #expect(try data.train.labels[0..<8] == Tensor(Self.firstLabels))
        let labels: [UInt8] = try Tensor.concatenated([data.train.labels, data.test.labels]).elements()
        #expect(labels.sorted() == (try Digits.loadAll().labels.elements(as: UInt8.self)).sorted())
    }

    /// What seed 0 gave when the split was made; it may never change.
    private static let firstLabels: [UInt8] = [5, 8, 7, 1, 0, 4, 2, 6]

    @Test(.enabled(if: FashionMNIST.isAvailable(), "Debian's dataset-fashion-mnist is not installed"))
    func `Fashion-MNIST is read from where Debian puts it`() throws {
        let data = try FashionMNIST.load()
        #expect(data.train.images.shape == [60000, 28, 28, 1])
        #expect(data.test.images.shape == [10000, 28, 28, 1])
        let labels: [UInt8] = try data.test.labels.elements()
        #expect((0..<10).allSatisfy { digit in labels.count { $0 == digit } == 1000 })
        #expect(data.classNames[Int(labels[0])] == "Ankle boot")
    }

    @Test func `A missing Fashion-MNIST says how to get it`() {
        expectFormatError(.missing, "apt install dataset-fashion-mnist") {
            _ = try FashionMNIST.load(from: "/nowhere")
        }
    }

    @Test func `MNIST is read from a folder, and what is missing is named`() throws {
        let folder = try TemporaryFolder()
        let images = try Tensor((0..<UInt8(18)).map { $0 }, shape: [2, 3, 3])
        try IDX.write(images, to: folder.file("train-images-idx3-ubyte"))
        try IDX.write(Tensor([UInt8(7), 9]), to: folder.file("train-labels.idx1-ubyte.gz"))
        try IDX.write(images, to: folder.file("t10k-images-idx3-ubyte.gz"))
        expectFormatError(.missing, "t10k-labels-idx1-ubyte") { _ = try MNIST.load(from: folder.path) }
        try IDX.write(Tensor([UInt8(1), 10]), to: folder.file("t10k-labels-idx1-ubyte"))
        expectFormatError(.corrupt, "10 classes") { _ = try MNIST.load(from: folder.path) }
        try IDX.write(Tensor([UInt8(1)]), to: folder.file("t10k-labels-idx1-ubyte"))
        expectFormatError(.corrupt, "uint8(1,)") { _ = try MNIST.load(from: folder.path) }
        try IDX.write(Tensor([UInt8(1), 2]), to: folder.file("t10k-labels-idx1-ubyte"))
        let data = try MNIST.load(from: folder.path)
        #expect(try data.train.images == images.reshaped(to: [2, 3, 3, 1]))
        #expect(data.train.labels == Tensor([UInt8(7), 9]))
        #expect(data.test.count == 2)
    }

    @Test(.enabled(if: exists(sharedData("mnist")), "the real MNIST files are not beside the package"))
    func `The real MNIST is read`() throws {
        let data = try MNIST.load(from: sharedData("mnist"))
        #expect(data.train.images.shape == [60000, 28, 28, 1])
        #expect(try data.train.labels[0..<5] == Tensor([UInt8(5), 0, 4, 1, 9]))
    }
}
