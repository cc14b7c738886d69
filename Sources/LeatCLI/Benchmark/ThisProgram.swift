import ArgumentParser
import Foundation

/// Runs this program again with other arguments and its own standard streams, and returns how it ended.
func runThisProgram(_ arguments: [String]) async throws -> Int32 {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = arguments
    return try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
            try process.run()
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

/// Starts this program again for each name, with the arguments that `body` gives, one after the other.
///
/// - Throws: `ExitCode` after the last if one of them failed, which is said at once; whatever `body` throws.
func runThisProgram(forEach names: [String], _ body: (String) throws -> [String]) async throws {
    var failed = false
    for name in names {
        let status = try await runThisProgram(try body(name))
        if status != 0 {
            Console.complain("leat: measuring \(name) ended with status \(status).")
            failed = true
        }
    }
    if failed { throw ExitCode(1) }
}
