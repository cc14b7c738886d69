import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The dataset that loaders are measured on: Fashion-MNIST, or made images like it where that is not installed.
struct LoaderDataset {
    /// Where Debian's `dataset-fashion-mnist` puts it.
    static let installed = "/usr/share/datasets/fashion-mnist"

    /// What the images are, for who reads the results.
    let name: String
    /// Images of 28 × 28 bytes.
    let images: Tensor
    /// Numbers 0 to 9.
    let labels: Tensor

    /// Reads Fashion-MNIST's 60,000 images, or makes as many.
    init() throws {
        if FileManager.default.fileExists(atPath: Self.installed) {
            let reader = try SampleSource(Self.installed, format: .idx).reader(split: "train")
            let columns = try reader.read(60_000)
            if case .numbers(let images)? = columns.first, case .numbers(let labels)? = columns.last {
                (name, self.images, self.labels) = ("Fashion-MNIST", images, labels)
                return
            }
        }
        name = "made images"
        let count = 60_000
        var random = PhiloxGenerator(seed: 1)
        images = try Tensor(shape: [count, 28, 28], dtype: .uint8) { bytes in
            for image in 0..<count {
                Self.draw(
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[image * 784..<(image + 1) * 784]), &random)
            }
        }
        labels = Tensor((0..<count).map { _ in UInt8(random.next() % 10) })
    }

    /// Half an image is black and the rest a shade with noise: zstd takes as long over it as over Fashion-MNIST.
    private static func draw(into image: UnsafeMutableRawBufferPointer, _ random: inout PhiloxGenerator) {
        let shape = random.next()
        let (left, right) = (4 + Int(shape & 7), 17 + Int(shape >> 8 & 7))
        let shade = UInt8(96 + (shape >> 16 & 63))
        for row in 0..<28 {
            for column in 0..<28 {
                let noise = UInt8(truncatingIfNeeded: random.next() & 63)
                image[row * 28 + column] = left..<right ~= column ? shade + noise : 0
            }
        }
    }

    /// Writes so many samples as zstd:3 shards, beginning again with the first where there are not as many.
    func pack(into folder: String, samples: Int, sizeLimit: Int) throws {
        let writer = try ShardWriter(
            folder, columns: ["x": .array(.uint8, [28, 28]), "y": .int], sizeLimit: sizeLimit)
        let answers = labels.converted(to: .int64)
        var left = samples
        while left > 0 {
            let rows = 0..<min(left, images.length)
            try writer.append(rows: ["x": try images[rows], "y": try answers[rows]])
            left -= rows.count
        }
        try writer.finish()
    }

    /// The first samples as a model takes them: images with a channel, a 1 among zeros for the label.
    func trainingData(samples: Int) throws -> (x: Tensor, y: Tensor) {
        let answers = try labels[0..<samples].elements(as: UInt8.self)
        let y: [UInt8] = answers.flatMap { answer in (0..<10).map { $0 == Int(answer) ? 1 : 0 } }
        return (
            try images[0..<samples].reshaped(to: [samples, 28, 28, 1]), try Tensor(y, shape: [samples, 10])
        )
    }
}
