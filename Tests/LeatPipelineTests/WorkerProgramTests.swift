import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

/// Whole programs with workers, seen from outside.
@Suite(.timeLimit(.minutes(1))) struct WorkerProgramTests {
    @Test func `workers end with their program, even while they make a batch`() async throws {
        let (output, errors) = (Pipe(), Pipe())
        let program = try start("parent", output: output, errors: errors)
        let firstLine = try await onThread { try Self.readLine(output.fileHandleForReading) }
        let workers = firstLine.split(separator: " ").compactMap { Int32($0) }
        #expect(workers.count == 2)
        #expect(workers.allSatisfy { kill($0, 0) == 0 })
        kill(program.processIdentifier, SIGKILL)
        // Workers share standard error, so its end is seen when the last of them has gone.
        let isOver = try await onThread { Self.ends(errors.fileHandleForReading.fileDescriptor, within: 2000) }
        #expect(isOver, "Workers outlive their program.")
    }

    @Test func `nothing is left of a loader, whether it finished or was cancelled`() async throws {
        let output = Pipe()
        _ = try start("leaks", output: output, errors: nil)
        let report = try await onThread { try output.fileHandleForReading.readToEnd() ?? Data() }
        #expect(
            String(decoding: report, as: UTF8.self) == """
                tasks finished clean
                tasks cancelled clean
                processes finished clean
                processes cancelled clean

                """)
    }

    @Test func `what threads or descriptors don't suffice for is refused and leaves nothing behind`()
        async throws
    {
        let output = Pipe()
        _ = try start("starved", output: output, errors: nil)
        let report = try await onThread { try output.fileHandleForReading.readToEnd() ?? Data() }
        #expect(
            String(decoding: report, as: UTF8.self) == """
                threads of tasks: refused or whole, clean
                threads of processes: refused or whole, clean
                descriptors: refused or whole, clean

                """)
    }

    @Test func `a dataset that finds the disk full is an error and leaves no file`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = Pipe()
        _ = try start("full", folder.path, output: output, errors: nil)
        let report = try await onThread { try output.fileHandleForReading.readToEnd() ?? Data() }
        #expect(String(decoding: report, as: UTF8.self) == "unwritable\nleft: []\n")
    }

    @Test func `a worker that forgot to serve can't start workers of its own`() async throws {
        let output = Pipe()
        _ = try start("forgetful", output: output, errors: nil, environment: ["LEAT_WORKER": "1"])
        let report = try await onThread { try output.fileHandleForReading.readToEnd() ?? Data() }
        let text = String(decoding: report, as: UTF8.self)
        #expect(text.contains("can't start worker processes of its own"))
        #expect(text.contains("WorkerProcess.serveIfRequested(CountingSource.self)"))
    }

    private func start(
        _ part: String..., output: Pipe, errors: Pipe?, environment: [String: String] = [:]
    ) throws -> Process {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: TestWorker.path)
        program.arguments = part
        program.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        program.standardOutput = output
        if let errors { program.standardError = errors }
        try program.run()
        return program
    }

    /// Runs what blocks where it may.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    private static func readLine(_ file: FileHandle) throws -> String {
        var line = Data()
        while let byte = try file.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
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
