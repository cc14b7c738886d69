import Foundation
import LeatCore
import LeatFormats
import LeatFormatsTestWorker
import LeatPipeline
import LeatShards
import Testing

/// Files of twelve samples or more, one of which can't be made, and what a record is to say of it.
struct DamagedFiles {
    /// Damage in files, and transformations that throw over a sound one.
    enum Kind: CaseIterable {
        case tar, tfrecord, images, hdf5
        case tarMap, npyMap, shardsMap
    }

    let recipe: FilesRecipe
    /// Where the sample is that each faulty batch of an epoch is to blame on.
    let places: [SamplePlace]
    /// Words of the reason.
    let reason: [String]

    init(_ kind: Kind, in folder: String) throws {
        switch kind {
        case .tar:
            let paths = try Self.tars(in: folder)
            // The array of the third sample is none any more.
            try Self.flip(paths[1], occurrence: 2, of: [0x93] + Array("NUMPY".utf8))
            recipe = FilesRecipe(.tar, paths, shuffleSeed: 3)
            places = [SamplePlace(file: paths[1], sample: 2)]
            reason = ["'key8.npy'"]
        case .tfrecord:
            let paths = try Self.records(in: folder)
            let size = try bytes(of: paths[1]).count / 6
            try Self.flip(paths[1], at: 4 * size + 20)
            recipe = FilesRecipe(.tfrecord, paths, shuffleSeed: 3)
            places = [SamplePlace(file: paths[1], sample: 4)]
            reason = ["record 4 of '\(paths[1])'", "checksum"]
        case .images:
            let image = try bytes(of: fixture("../images/color.png"))
            for number in 0..<12 {
                let path = "\(folder)/\(number < 6 ? "a" : "b")/\(100 + number).png"
                try Self.write(number == 8 ? Array(image.dropLast(40)) : image, to: path)
            }
            recipe = FilesRecipe(.images, [folder], shuffleSeed: 3)
            places = [SamplePlace(file: "\(folder)/b/108.png", sample: 8)]
            reason = ["The image in 'x'"]
        case .hdf5:
            let path = "\(folder)/samples.h5"
            try Self.write(try bytes(of: fixture("../hdf5/samples.h5")), to: path)
            // In the middle of the compressed chunk of rows 8 to 15, in two batches.
            try Self.flip(path, at: 4640)
            recipe = FilesRecipe(.hdf5, [path])
            places = [SamplePlace(file: path, sample: 8), SamplePlace(file: path, sample: 12)]
            reason = ["'x'", "can't be read"]
        case .tarMap:
            let paths = try Self.tars(in: folder)
            recipe = FilesRecipe(.tar, paths, shuffleSeed: 3, omitted: 1, rejected: 9)
            places = [SamplePlace(file: paths[1], sample: 3)]
            reason = [FilesRecipe.Rejection.message]
        case .npyMap:
            let paths = ["\(folder)/x.npy", "\(folder)/y.npy"]
            try Npy.write(try Tensor((0..<24).map { Float($0) }, shape: [12, 2]), to: paths[0])
            try Npy.write(Tensor((0..<12).map { Int64($0) }), to: paths[1])
            recipe = FilesRecipe(.npy, paths, shuffleSeed: 3, rejected: 7)
            places = [SamplePlace(file: paths[0], sample: 7)]
            reason = [FilesRecipe.Rejection.message]
        case .shardsMap:
            let path = "\(folder)/shards"
            let writer = try ShardWriter(path, columns: ["x": .array(.float32, [2]), "y": .int], sizeLimit: 300)
            for number in 0..<12 { try writer.append(["x": .tensor(Self.x(number)), "y": .int(Int64(number))]) }
            try writer.finish()
            let shards = try ShardIndex(folder: path).shards
            var (shard, sample) = (0, 10)
            while sample >= shards[shard].sampleCount {
                sample -= shards[shard].sampleCount
                shard += 1
            }
            try #require(shard > 0 && sample > 0)
            recipe = FilesRecipe(.shards, [path], shuffleSeed: 3, rejected: 10)
            places = [SamplePlace(file: "\(path)/\(shards[shard].stored.name)", sample: sample)]
            reason = [FilesRecipe.Rejection.message]
        }
    }

    private static func x(_ number: Int) -> Tensor { Tensor([Float(number), 1]) }

    /// Two archives of six samples.
    private static func tars(in folder: String) throws -> [String] {
        try (0..<2).map { part in
            let path = "\(folder)/\(part).tar"
            let writer = try TarWriter(path)
            for number in part * 6..<part * 6 + 6 {
                let sample = Sample(["npy": .tensor(x(number)), "cls": .number(Int64(number))])
                try writer.append(sample, key: "key\(number)")
            }
            try writer.close()
            return path
        }
    }

    /// Two files of six records.
    private static func records(in folder: String) throws -> [String] {
        try (0..<2).map { part in
            let path = "\(folder)/\(part).tfrecord"
            let writer = try TFRecordWriter(path)
            for number in part * 6..<part * 6 + 6 {
                try writer.append(Sample(["x": .tensor(x(number)), "y": .number(Int64(number))]))
            }
            try writer.close()
            return path
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    private static func flip(_ path: String, at position: Int) throws {
        var content = try bytes(of: path)
        content[position] ^= 0xFF
        try write(content, to: path)
    }

    /// Flips the first byte of one of the places where the bytes are, counted from 0.
    private static func flip(_ path: String, occurrence: Int, of pattern: [UInt8]) throws {
        let content = try bytes(of: path)
        let found = content.indices.filter { content[$0...].starts(with: pattern) }
        try flip(path, at: found[occurrence])
    }
}
