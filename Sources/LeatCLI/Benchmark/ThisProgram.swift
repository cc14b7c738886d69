import ArgumentParser
import Leat
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs this program again with other arguments and its own standard streams.
///
/// - Returns: Its exit code, or 128 and the number of the signal that ended it.
func runThisProgram(_ arguments: [String]) async throws -> Int32 {
    let result = try await Subprocess.run(
        .path(FilePath(WorkerProcess.thisProgram)), arguments: Arguments(arguments),
        input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
        output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
        error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
    switch result.terminationStatus {
    case .exited(let code): return code
    case .signaled(let signal): return 128 + signal
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
