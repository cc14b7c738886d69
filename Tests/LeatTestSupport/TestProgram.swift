public import Foundation

/// The program `LeatTestWorker` playing a part, or another program, as a test sees it.
public final class TestProgram: Sendable {
    private let process: Process
    private let output: FileHandle

    /// Starts a part of the test program.
    public convenience init(_ part: String...) throws { try self.init(path: TestWorker.path, part) }

    /// Starts a program, with variables beside this program's own; what it writes to standard error may go to a pipe.
    public init(
        path: String, _ arguments: [String], environment: [String: String] = [:], errors: Pipe? = nil
    ) throws {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = pipe
        if let errors { process.standardError = errors }
        try process.run()
        self.process = process
        output = pipe.fileHandleForReading
    }

    /// The process identifier.
    public var identifier: Int32 { process.processIdentifier }

    /// The next line that the program prints, without its end; what there is of it where the program ends.
    public func line() async throws -> String {
        try await Self.onThread { [output] in
            var line = Data()
            while let byte = try output.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
            return String(decoding: line, as: UTF8.self)
        }
    }

    /// All that the program prints from here to its end.
    public func rest() async throws -> String {
        try await Self.onThread { [output] in String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self) }
    }

    /// Waits for the program's end.
    ///
    /// - Returns: Its exit code, or the signal that ended it.
    public func end() async throws -> Int32 {
        try await Self.onThread { [process] in
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    /// Runs what blocks where it may.
    public static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}
