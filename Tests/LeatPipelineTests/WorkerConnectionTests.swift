import LeatCore
import Testing

@testable import LeatPipeline

/// Programs that don't read, and programs that never stop writing: whoever looks after them is not held up.
@Suite(.timeLimit(.minutes(1))) struct WorkerConnectionTests {
    /// An order for a program that is no worker, with a configuration that fits into no pipe.
    private func order(
        _ path: String, _ arguments: [String] = [], helloTime: Duration = .seconds(30)
    ) -> WorkerOrder {
        WorkerOrder(
            path: path, arguments: [path] + arguments, environment: [:], sourceName: "Source", sourceType: "Source",
            open: .open(source: "Source", configuration: Array(repeating: 32, count: 400_000)), count: 3,
            helloTime: helloTime)
    }

    @Test func `a program that does not read holds up neither the greeting nor the farewell`() throws {
        let order = order("/bin/sleep", ["1000"])
        let doorbell = try Doorbell()
        let connection = try WorkerConnection(order, doorbell) { true }
        doorbell.ring()
        #expect {
            try connection.send(order.open)
        } throws: { error in
            if case ChannelEnd.stopping = error { true } else { false }
        }
        connection.leave(within: .milliseconds(100))
        #expect(connection.end() == .killed(signal: 9))
    }

    @Test func `a program that does not read is given up when its time to greet is over`() async throws {
        let queue = OrderedQueue<Batch>(capacity: 4, pass: Pass(epoch: 0, first: 0, order: BatchOrder(count: 3)))
        let desk = try LeaseDesk(order("/bin/sleep", ["1000"], helloTime: .milliseconds(200)), queue, workers: 1)
        WorkerMinder(worker: 0, desk: desk).run()
        let error = await #expect(throws: PipelineError.self) { try await queue.next() }
        #expect(error?.code == .workerDidNotStart)
        #expect(error?.message.contains("said nothing for") == true)
    }

    @Test func `a program that never stops writing is not listened to for longer than its time to leave`() throws {
        let connection = try WorkerConnection(order("/usr/bin/yes"), Doorbell()) { false }
        connection.leave(within: .milliseconds(100))
        #expect(connection.end() == .killed(signal: 9))
    }
}
