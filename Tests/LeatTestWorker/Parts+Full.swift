import Foundation
import LeatCore
import LeatShards

extension Parts {
    /// Writes a dataset where a file may have a few bytes only, as on a full disk, and prints the error and what is left.
    static func full(folder: String) throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(Int32(RLIMIT_FSIZE.rawValue), &limit)
        limit.rlim_cur = 2000
        setrlimit(Int32(RLIMIT_FSIZE.rawValue), &limit)
        do {
            let writer = try ShardWriter(
                folder, columns: ["x": .array(.uint8, [1000])], compression: .none, sizeLimit: 4000)
            for value in 0..<20 {
                try writer.append(["x": .tensor(Tensor([UInt8](repeating: UInt8(value), count: 1000)))])
            }
            try writer.finish()
            say("written")
        } catch let error as ShardError {
            say("\(error.code)")
        }
        say("left: \(try FileManager.default.contentsOfDirectory(atPath: folder).sorted())")
    }
}
