import LeatTrainer

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Calls `body` and ends the program with exit code 1 if it throws, with the error as one line on standard error.
///
/// An error that is thrown at the top level of a program ends it with a crash report, which nobody needs to read
/// because a folder was missing.
///
/// - Parameter body: The program.
/// - Returns: What `body` returns.
public func exitOnError<Result>(_ body: () async throws -> Result) async -> Result {
    do { return try await body() } catch {
        Console.standardError.write("\(error)\n")
        exit(1)
    }
}
