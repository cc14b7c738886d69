import Foundation
import Leat
import Testing

@testable import LeatCLI

/// Two that pack into one folder, and disks that are full.
@Suite struct ConcurrentPackingTests {
    private func writeSource(_ folder: borrowing TemporaryFolder, rows: Int = 3) throws -> String {
        var random = PhiloxGenerator(seed: 1)
        let bytes = (0..<rows * 1000).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Npz.write(["x": try Tensor(bytes, shape: [rows, 1000])], to: folder.file("in.npz"))
        return folder.file("in.npz")
    }

    @Test func `A folder that somebody packs into is refused and left as it is`() async throws {
        let folder = try TemporaryFolder()
        let (source, output) = (try writeSource(folder), folder.file("out"))
        _ = try Packing(source: try SampleSource(source), output: output).run()
        let before = folder.contents
        do {
            let held = try OutputFolder(output, isReplaced: true, task: "another")
            let during = folder.contents
            let refused = try await leat("pack", source, output, "--force")
            #expect(refused.code != 0)
            #expect(refused.errors.contains("'\(output)' is being written to by somebody else"))
            let error = #expect(throws: FormatError.self) {
                try Packing(source: try SampleSource(source), output: output, isReplacing: true).run()
            }
            #expect(error?.message.contains("is being written to by somebody else") == true)
            #expect(folder.contents == during)
            #expect(held.path == output)
        }
        #expect(folder.contents == before)
        #expect(try await leat("pack", source, output, "--force").code == 0)
        #expect(folder.contents == before)
    }

    @Test func `Of several that start at once one packs, and the others are refused`() async throws {
        let folder = try TemporaryFolder()
        let (source, output) = (try writeSource(folder, rows: 200), folder.file("out"))
        let runs = try await withThrowingTaskGroup(of: ToolRun.self) { runs in
            for _ in 0..<4 { runs.addTask { try await leat("pack", source, output, "--size-limit", "20KB") } }
            return try await runs.reduce(into: []) { $0.append($1) }
        }
        #expect(runs.count { $0.code == 0 } == 1)
        for run in runs where run.code != 0 {
            #expect(run.errors.contains("somebody else") || run.errors.contains("is not empty"), "\(run.errors)")
        }
        for part in try DatasetFolder(output).parts { #expect(try await Verification(part).problems == []) }
        #expect(try ShardIndex(folder: output).sampleCount == 200)
        #expect(!folder.contents.contains { $0.contains(".leat") })
    }

    /// Whether a small file system can be mounted, for as long as a program runs.
    private static func canMount() async throws -> Bool {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else { return false }
        return try await program("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).code == 0
    }

    @Test(
        .enabled("Mounting a small file system takes unshare and the superuser.") { try await canMount() },
        arguments: [64, 128])
    func `A disk that is full is an error that says so, and nothing is left on it`(kilobytes: Int) async throws {
        let folder = try TemporaryFolder()
        let source = try writeSource(folder, rows: 200)
        let disk = folder.file("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        let script = """
            mount -t tmpfs -o size=\(kilobytes)k none "$2" || exit
            "$0" pack "$1" "$2/out" --compression none --size-limit 30KB
            code=$?
            echo "left: $(ls -A "$2")"
            exit $code
            """
        let run = try await program("/usr/bin/unshare", ["-m", "sh", "-c", script, toolPath, source, disk])
        #expect(run.code != 0)
        #expect(run.errors.contains("No space left on device"), "\(run.errors)")
        #expect(run.output == "left: \n")
    }
}
