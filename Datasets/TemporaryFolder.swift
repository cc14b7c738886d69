import Foundation

/// Calls `body` with the path of a new folder, which is removed afterwards whatever happens.
///
/// - Parameters:
///   - name: The beginning of the folder's name.
///   - body: Writes to the folder and reads from it; makes the folder if it needs it empty.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
public func withTemporaryFolder<Result>(_ name: String, _ body: (String) async throws -> Result) async rethrows
    -> Result
{
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
