import Foundation
import LeatCore
import Synchronization
import Testing

@testable import LeatPipeline

/// System calls that signals interrupt, and pipes that take or give a few bytes at a time.
@Suite(.serialized, .timeLimit(.minutes(1))) struct InterruptionTests {
    /// A thread that a signal is sent to, which interrupts what it waits for.
    ///
    /// Unchecked because a thread's handle may be an address, which is only handed on.
    private struct Victim: @unchecked Sendable {
        let thread: pthread_t

        func interrupt() { pthread_kill(thread, SIGUSR1) }
    }

    private let batch: Batch

    init() throws {
        var action = sigaction()
        // Without SA_RESTART: the system does not go on by itself.
        sigemptyset(&action.sa_mask)
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = { _ in }
        #else
            action.__sigaction_handler.sa_handler = { _ in }
        #endif
        sigaction(SIGUSR1, &action, nil)
        batch = Batch(
            try Tensor((0..<6000).map { Float($0) }, shape: [30, 200]), Tensor((0..<30).map { Int64($0) }))
    }

    /// Runs `body` on a thread, and `others` on another one, which can interrupt the first until it has returned itself.
    private func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value, whileOthers others: @escaping @Sendable (Victim) -> Void
    ) async throws -> Value {
        let (isThere, isOver) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let place = Lock<Victim?>(nil)
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                // Threads that come from a queue's have all signals blocked.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGUSR1)
                pthread_sigmask(SIG_UNBLOCK, &signals, nil)
                place.withLock { $0 = Victim(thread: pthread_self()) }
                isThere.signal()
                let result = Result { try body() }
                isOver.wait()
                continuation.resume(with: result)
            }
            Thread.detachNewThread {
                isThere.wait()
                if let victim = place.withLock({ $0 }) { others(victim) }
                isOver.signal()
            }
        }
    }

    @Test func `frames that come a byte at a time, between signals, are received`() async throws {
        let messages: [WorkerMessage] = [.hello(version: 1), .batch(index: 3, epoch: 2, batch), .opened(count: 7)]
        let pipe = try LeatPipeline.Pipe()
        let (input, output) = (pipe.readEnd.raw, pipe.writeEnd.raw)
        let bytes = messages.flatMap { Self.bytes(of: $0) }
        let received = try await run {
            let channel = FrameChannel(input: input, output: -1)
            return try messages.map { _ in try channel.receive() }
        } whileOthers: { victim in
            for byte in bytes {
                victim.interrupt()
                _ = withUnsafeBytes(of: byte) { write(output, $0.baseAddress, 1) }
            }
        }
        #expect(received == messages)
    }

    @Test func `a frame that goes a few bytes at a time, between signals, is sent whole`() async throws {
        let message = WorkerMessage.batch(index: 3, epoch: 2, batch)
        let pipe = try LeatPipeline.Pipe()
        // A page (F_SETPIPE_SZ), a sixth of the frame.
        _ = fcntl(pipe.writeEnd.raw, 1031, 4096)
        // Closed when the frame is sent, or isn't, so that the reader comes to an end.
        let output = dup(pipe.writeEnd.raw)
        let readEnd = pipe.takeReadEnd()
        let input = readEnd.raw
        let expected = Self.bytes(of: message)
        let sent = Lock<[UInt8]>([])
        try await run {
            defer { close(output) }
            try FrameChannel(input: -1, output: output).send(message)
        } whileOthers: { victim in
            var part = [UInt8](repeating: 0, count: 7)
            while true {
                victim.interrupt()
                let count = read(input, &part, part.count)
                if count <= 0 { break }
                sent.withLock { $0 += part.prefix(count) }
            }
        }
        #expect(sent.withLock { $0 } == expected)
        withExtendedLifetime(readEnd) {}
    }

    @Test func `a child is waited for through signals`() async throws {
        let input = try LeatPipeline.Pipe()
        let output = try LeatPipeline.Pipe()
        let child = try ChildProcess(
            path: "/bin/sh", arguments: ["sh", "-c", "read word; exit 7"], environment: [:], input: input.readEnd,
            output: output.writeEnd)
        let orders = input.writeEnd.raw
        let interruptions = Lock(0)
        let isOver = Atomic(false)
        let status = try await run {
            defer { isOver.store(true, ordering: .sequentiallyConsistent) }
            return child.reap { interruptions.withLock { $0 += 1 } }
        } whileOthers: { victim in
            // The child lives until the wait for it has been interrupted, more than once.
            for _ in 0..<10_000_000
            where interruptions.withLock({ $0 }) < 3 && !isOver.load(ordering: .sequentiallyConsistent) {
                victim.interrupt()
                sched_yield()
            }
            _ = withUnsafeBytes(of: UInt8(ascii: "\n")) { write(orders, $0.baseAddress, 1) }
        }
        #expect(status == .exited(7))
        #expect(interruptions.withLock { $0 } >= 3)
    }

    /// All bytes of a frame, the payload included.
    private static func bytes(of message: WorkerMessage) -> [UInt8] {
        let (prefix, payload) = message.encoded()
        return payload.reduce(prefix) { bytes, tensor in bytes + tensor.withUnsafeBytes { Array($0) } }
    }
}
