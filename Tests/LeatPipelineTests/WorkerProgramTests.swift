import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

/// Whole programs with workers, seen from outside.
@Suite(.timeLimit(.minutes(1))) struct WorkerProgramTests {
    @Test func `workers end with their program, even while they make a batch`() async throws {
        let errors = Pipe()
        let program = try TestProgram(path: TestWorker.path, ["parent"], errors: errors)
        let workers = try await program.line().split(separator: " ").compactMap { Int32($0) }
        #expect(workers.count == 2)
        #expect(workers.allSatisfy { kill($0, 0) == 0 })
        kill(program.identifier, SIGKILL)
        // Workers share standard error, so its end is seen when the last of them has gone.
        let isOver = try await TestProgram.onThread {
            Self.ends(errors.fileHandleForReading.fileDescriptor, within: 2000)
        }
        #expect(isOver, "Workers outlive their program.")
    }

    @Test func `nothing is left of a loader, whether it finished or was cancelled`() async throws {
        #expect(
            try await TestProgram("leaks").rest() == """
                tasks finished clean
                tasks cancelled clean
                processes finished clean
                processes cancelled clean

                """)
    }

    @Test func `what threads or descriptors don't suffice for is refused and leaves nothing behind`()
        async throws
    {
        #expect(
            try await TestProgram("starved").rest() == """
                threads of tasks: refused or whole, clean
                threads of processes: refused or whole, clean
                descriptors: refused or whole, clean

                """)
    }

    @Test func `a dataset that finds the disk full is an error and leaves no file`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try await TestProgram("full", folder.path).rest() == "unwritable\nleft: []\n")
    }

    @Test func `a worker that forgot to serve can't start workers of its own`() async throws {
        let program = try TestProgram(path: TestWorker.path, ["forgetful"], environment: ["LEAT_WORKER": "1"])
        let text = try await program.rest()
        #expect(text.contains("can't start worker processes of its own"))
        #expect(text.contains("WorkerProcess.serveIfRequested(CountingSource.self)"))
    }

    private static func ends(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&interest, 1, milliseconds) == 1 {
            var byte: UInt8 = 0
            if read(descriptor, &byte, 1) == 0 { return true }
        }
        return false
    }
}
