import LeatCore
import Synchronization
import Testing

@testable import LeatTrainer

#if os(Linux)
    import Glibc

    /// The identifiers of this process's threads.
    func threads() -> Set<Int> { entries(of: "/proc/self/task") }

    /// The numbers that a folder of /proc lists.
    func entries(of path: String) -> Set<Int> {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: Set<Int> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int(name) { names.insert(number) }
        }
        return names
    }
#endif

@Suite struct TrainerExecutorTests {
    @Test func `the actor runs on one thread of its own`() async throws {
        let fake = try FakeTrainer()
        let seen = Lock<Set<UInt>>([])
        let look = LambdaCallback(onBatchEnd: { _, _, _ in _ = seen.withLock { $0.insert(currentThread()) } })
        for _ in 0..<3 {
            try await fake.trainer.fit(.counting(9), .labels(9), batchSize: 2, epochs: 3, verbose: 0, callbacks: [look])
        }
        let other = try FakeTrainer()
        try await other.trainer.fit(.counting(9), .labels(9), verbose: 0, callbacks: [look])
        #expect(seen.withLock { $0.count } == 2)
    }

    #if os(Linux)
        // In a process of its own, because other tests start and end threads meanwhile.
        @Test func `a thread ends with its trainer`() async {
            await #expect(processExitsWith: .success) {
                func train() async throws {
                    let fake = try FakeTrainer()
                    try await fake.trainer.fit(.counting(9), .labels(9), verbose: 0)
                    _ = try await fake.trainer.predict(.counting(9))
                }
                try await train()
                let before = threads().count
                var alive: [FakeTrainer] = []
                for _ in 0..<20 { alive.append(try FakeTrainer()) }
                precondition(threads().count >= before + 19)
                alive = []
                // A thread takes a moment to leave, so a few of many may still be there.
                for _ in 0..<200 { try await train() }
                precondition(threads().count < before + 20, "\(threads().count) threads, \(before) before")
            }
        }
    #endif
}

/// Tells threads apart.
private func currentThread() -> UInt {
    #if canImport(Darwin)
        UInt(bitPattern: pthread_self())
    #else
        UInt(pthread_self())
    #endif
}
