import Testing

@testable import LeatPipeline

/// Cancelling at any moment around the start of a wait; the limit is for a wait that never ends, beside other tests.
@Suite(.timeLimit(.minutes(5))) struct OrderedQueueCancellationTests {
    @Test func `no wait survives its task's cancellation, whichever comes first`() async {
        for round in 0..<20_000 {
            let queue = OrderedQueue<Int>(capacity: 1, pass: Pass(epoch: 0, first: 0, order: .endless))
            let task = Task { try await queue.next() }
            for _ in 0..<round % 64 { _ = queue.windowCount }
            task.cancel()
            let result = await task.result
            #expect(throws: CancellationError.self) { try result.get() }
        }
    }
}
