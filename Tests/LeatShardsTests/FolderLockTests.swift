import Foundation
import Testing

@testable import LeatShards

/// Who holds a folder's lock, where the folder goes away and comes back at any moment.
@Suite struct FolderLockTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        mkdir(folder.data, 0o700)
    }

    /// Takes the folder away and makes it again; another inode, because the old one is still open.
    private func makeAgain() {
        #expect(rmdir(folder.data) == 0)
        #expect(mkdir(folder.data, 0o700) == 0)
    }

    @Test func `a folder that was made again and locked while it was opened has one holder`() throws {
        var other: FolderLock?
        let error = #expect(throws: ShardError.self) {
            try FolderLock(folder.data) {
                guard other == nil else { return }
                makeAgain()
                other = try? FolderLock(folder.data)
            }
        }
        #expect(error?.code == .inUse)
        #expect(other != nil)
        other = nil
        _ = try FolderLock(folder.data)
    }

    @Test func `the lock of a folder that was made again while it was opened is the new one's`() throws {
        var times = 0
        let lock = try FolderLock(folder.data) {
            times += 1
            if times < 4 { makeAgain() }
        }
        #expect(times == 4)
        #expect(throws: ShardError.self) { try FolderLock(folder.data) }
        withExtendedLifetime(lock) {}
    }

    @Test func `a folder that went away while it was opened is named`() throws {
        let error = #expect(throws: ShardError.self) { try FolderLock(folder.data) { rmdir(folder.data) } }
        #expect(error?.code == .unwritable)
        #expect(error?.description == "\(folder.data): can't be opened: No such file or directory.")
    }
}
