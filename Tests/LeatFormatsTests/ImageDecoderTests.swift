import Foundation
import LeatCore
import LeatPipeline
import Testing

@testable import LeatFormats

/// Images that Pillow wrote, and what it reads from them.
@Suite struct ImageDecoderTests {
    private func file(_ name: String) -> String { fixture("../images/" + name) }

    private func decode(_ name: String, _ colors: ImageColors = .rgb) throws -> Tensor {
        try ImageDecoder.decode(try bytes(of: file(name)), colors: colors, name: name)
    }

    @Test(arguments: ["color", "gray", "opacity", "palette", "bits"])
    func `PNG files become what Pillow makes of them`(name: String) throws {
        #expect(try decode("\(name).png") == Npy.read(file("\(name).png.npy")))
    }

    @Test(arguments: ["color", "color_progressive", "gray"])
    func `JPEG files become what Pillow makes of them`(name: String) throws {
        let image = try decode("\(name).jpg")
        let expected = try Npy.read(file("\(name).jpg.npy"))
        #expect(image.shape == expected.shape)
        // Other releases of the library may round otherwise.
        let differences = zip(try image.elements(as: UInt8.self), try expected.elements(as: UInt8.self))
            .map { abs(Int($0) - Int($1)) }
        #expect(differences.allSatisfy { $0 <= 1 })
    }

    @Test func `Colours are those asked for`() throws {
        #expect(try decode("color.png", .grayscale) == Npy.read(file("color.png.gray.npy")))
        #expect(try decode("gray16.png", .stored) == Npy.read(file("gray16.png.npy")))
        let shapes: [(String, ImageColors, Int)] = [
            ("gray.png", .stored, 1), ("gray.png", .grayscale, 1), ("bits.png", .stored, 1),
            ("opacity.png", .stored, 4),
            ("palette.png", .stored, 3), ("color.png", .stored, 3), ("gray16.png", .rgb, 3),
            ("gray16.png", .grayscale, 1),
            ("gray.jpg", .stored, 1), ("color.jpg", .stored, 3), ("color.jpg", .grayscale, 1),
        ]
        for (name, colors, channels) in shapes {
            let image = try decode(name, colors)
            #expect(image.shape == [13, 18, channels], "\(name) \(colors)")
            #expect(image.dtype == (name == "gray16.png" && colors == .stored ? .uint16 : .uint8))
        }
        #expect(try decode("gray.png", .grayscale).rows(at: [4]) == decode("gray.png", .stored).rows(at: [4]))
        expectFormatError(.unsupported, "cmyk.jpg", "CMYK") { _ = try decode("cmyk.jpg") }
    }

    @Test func `Too large, damaged or cut short, an image is refused`() throws {
        for name in ["color.png", "color.jpg", "color_progressive.jpg"] {
            let content = try bytes(of: file(name))
            expectFormatError(.unsupported, "18 × 13") { _ = try ImageDecoder.decode(content, pixelLimit: 18 * 13 - 1) }
            for cut in [4, content.count / 2, content.count - 20] {
                #expect(throws: FormatError.self, "\(name) \(cut)") {
                    try ImageDecoder.decode(Array(content.prefix(cut)))
                }
            }
            var random = PhiloxGenerator(seed: 3)
            for _ in 0..<500 {
                do { _ = try ImageDecoder.decode(mutated(content, &random), pixelLimit: 1 << 20) } catch {
                    #expect(error is FormatError, "\(error)")
                }
            }
        }
        expectFormatError(.wrongFormat, "neither") { _ = try ImageDecoder.decode([1, 2, 3]) }
        expectFormatError(.wrongFormat, "neither") { _ = try ImageDecoder.decode([]) }
        // A header that claims the largest image there is costs nothing.
        var huge = try bytes(of: file("color.png"))
        huge.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        #expect(throws: FormatError.self) { try ImageDecoder.decode(huge) }
    }

    @Test func `A folder of images becomes batches of tensors`() async throws {
        let folder = try TemporaryFolder()
        for (index, name) in ["b/1.png", "a/2.png", "a/1.png"].enumerated() {
            try folder.write(try bytes(of: file(["color.png", "gray.png", "palette.png"][index])), to: name)
        }
        let images = try ImageFolder(folder.path)
        #expect(images.classNames == ["a", "b"])
        let batches = try images.decodingImages().batched(
            2, columns: BatchColumns(inputs: "image", targets: "label"))
        let first = try await batches.batch(at: 0)
        #expect(first.inputs == (try Tensor.stacked([decode("palette.png"), decode("gray.png")])))
        #expect(first.targets == Tensor([0, 0] as [Int64]))
        #expect(try await batches.batch(at: 1).targets == Tensor([1 as Int64]))
        let stream = try SampleSource(folder.path).stream().decodingImages(colors: .grayscale)
        for try await sample in stream { #expect(try sample.tensor("image").shape == [13, 18, 1]) }
    }

    @Test(
        .enabled(
            if: exists(sharedData("cifar10_jpeg/CIFAR-10-images.tar.gz")), "The collection of datasets isn't here."))
    func `Real JPEG files decode out of a compressed archive`() throws {
        var parser = TarParser(try openSource(sharedData("cifar10_jpeg/CIFAR-10-images.tar.gz")))
        var count = 0
        while count < 200, let entry = try parser.next() {
            guard entry.name.hasSuffix(".jpg") else { continue }
            #expect(try ImageDecoder.decode(try parser.content()).shape == [32, 32, 3])
            count += 1
        }
        #expect(count == 200)
    }
}
