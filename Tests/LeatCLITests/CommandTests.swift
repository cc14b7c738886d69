import Foundation
import Leat
import Testing

@testable import LeatCLI

/// The built tool, as a shell sees it.
@Suite struct CommandTests {
    @Test func `Pack, inspect, verify and export work from the shell`() async throws {
        let folder = try TemporaryFolder()
        let out = folder.file("o u t")
        let packed = try await leat("pack", fixture("stored.npz"), out, "--columns", "x,label=y", "--compression", "gz")
        #expect(packed.code == 0)
        #expect(packed.output.hasPrefix("\(out): 4 samples in 1 shard, "))
        #expect(packed.errors == "")

        let inspected = try await leat("inspect", out, "--json")
        #expect(inspected.code == 0)
        let object = try JSONSerialization.jsonObject(with: Data(inspected.output.utf8))
        let part = try #require((object as? [[String: Any]])?.first)
        #expect(part["samples"] as? Int == 4)
        #expect(part["compression"] as? [String] == ["gz"])
        #expect((part["columns"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["label", "x"])
        #expect(part["stored_bytes"] is Int)

        let verified = try await leat("verify", out)
        #expect(verified.code == 0)
        #expect(verified.output == "\(out): 4 samples in 1 shard, all sound\n")

        let exported = try await leat("export", out, folder.file("out.npz"))
        #expect(exported.code == 0)
        #expect(exported.output == "label  int64(4,)\nx  float32(4, 3, 2)\n")
        #expect(try NpzArchive(folder.file("out.npz")).tensor("label") == Tensor([Int64(3), 1, 2, 0]))
        #expect(folder.contents.filter { !$0.hasPrefix("o u t") } == ["out.npz"])
    }

    @Test func `Verify prints a line a problem, counts the damaged shards, and fails`() async throws {
        let folder = try TemporaryFolder()
        let out = folder.file("out")
        _ = try Packing(source: try SampleSource(fixture("splits.npz")), output: out).run()
        try FileManager.default.removeItem(atPath: "\(out)/train/shard.00000.mds.zstd")
        let run = try await leat("verify", out)
        #expect(run.code == 1)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.contains { $0.contains("train/shard.00000.mds.zstd") })
        #expect(lines.last == "\(out)/train: 1 of 1 shard damaged")
        #expect(run.errors == "")
        let json = try await leat("verify", out, "--json")
        #expect(json.code == 1)
        let parts = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        #expect(parts?.map { ($0["problems"] as? [Any])?.count } == [0, 1])
    }

    @Test func `A failure is one sentence on standard error and exit code 1`() async throws {
        let folder = try TemporaryFolder()
        let failures = [
            try await leat("pack", folder.file("nothing"), folder.file("out")),
            try await leat("pack", fixture("objects.npy"), folder.file("out")),
            try await leat("inspect", folder.path),
            try await leat("verify", folder.file("nothing")),
            try await leat("export", folder.path, folder.file("x.npz")),
            try await leat("export", folder.path, fixture("stored.npz")),
        ]
        for failure in failures {
            #expect(failure.code == 1)
            #expect(failure.output == "")
            #expect(failure.errors.hasPrefix("leat: "))
            #expect(failure.errors.count { $0 == "\n" } == 1)
        }
        #expect(failures[5].errors.contains("--force"))
        #expect(folder.contents == [])
    }

    @Test func `Wrong usage is exit code 2`() async throws {
        for run in [
            try await leat("pack"), try await leat("pack", "a", "b", "--compression", "lzma"),
            try await leat("pack", "a", "b", "--hash", "crc"), try await leat("pack", "a", "b", "--size-limit", "big"),
            try await leat("pack", "a", "b", "--format", "lmdb"), try await leat("pack", "a", "b", "--columns", "x,,y"),
            try await leat("fly"), try await leat("inspect", "a", "--fast"),
        ] {
            #expect(run.code == 2)
            #expect(run.output == "")
            #expect(run.errors.hasPrefix("Error: "))
        }
    }

    @Test func `Help is on standard output and exit code 0`() async throws {
        let help = try await leat("--help")
        #expect(help.code == 0)
        for command in ["pack", "inspect", "verify", "export"] { #expect(help.output.contains(command)) }
        #expect(help.errors == "")
    }
}
