import Foundation
public import LeatPipeline

/// A counting source whose first worker process comes to grief when the test says so, though it has nothing to do.
public final class TriggeredSource: WorkerSource {
    public struct Configuration: Codable, Sendable {
        public var counting: CountingSource.Configuration
        public var deed: MisbehavingSource.Deed
        public var trigger: Trigger
    }

    /// Named pipes: from the test to the worker, and from the worker to the test as long as it lives.
    public struct Trigger: Codable, Sendable {
        private let folder: String
        private var orders: String { "\(folder)/orders" }
        private var life: String { "\(folder)/life" }

        /// Makes the pipes in a folder.
        public init(folder: String) {
            self.folder = folder
            mkfifo(orders, 0o600)
            mkfifo(life, 0o600)
        }

        /// Has the worker do its deed, and waits until it has ended; blocks.
        public func pull() {
            // The other side is there before there is an order to wait for.
            let life = open(life, O_RDONLY | O_CLOEXEC)
            let orders = open(orders, O_WRONLY | O_CLOEXEC)
            var byte: UInt8 = 1
            _ = write(orders, &byte, 1)
            close(orders)
            while read(life, &byte, 1) > 0 {}
            close(life)
        }

        /// In the first worker that comes here: waits for the order on a thread of its own.
        fileprivate func wait(for deed: MisbehavingSource.Deed) {
            let marker = open("\(folder)/taken", O_CREAT | O_EXCL | O_WRONLY, 0o600)
            guard marker >= 0 else { return }
            close(marker)
            Thread.detachNewThread {
                _ = open(life, O_WRONLY | O_CLOEXEC)
                let orders = open(orders, O_RDONLY | O_CLOEXEC)
                var byte: UInt8 = 0
                if read(orders, &byte, 1) == 1 { deed.perform() }
            }
        }
    }

    public let configuration: Configuration
    private let source: CountingSource
    private let gate: Gate?

    /// Opens the source in a worker.
    public convenience init(configuration: Configuration) async {
        self.init(configuration, gate: nil)
        configuration.trigger.wait(for: configuration.deed)
    }

    /// The copy that the program has: the end of an epoch waits for the gate.
    public convenience init(count: Int, _ deed: MisbehavingSource.Deed, trigger: Trigger, gate: Gate) {
        let counting = CountingSource.Configuration(count: count, rows: 2, columns: 2, seed: 1)
        self.init(Configuration(counting: counting, deed: deed, trigger: trigger), gate: gate)
    }

    private init(_ configuration: Configuration, gate: Gate?) {
        self.configuration = configuration
        self.gate = gate
        source = CountingSource(configuration: configuration.counting)
    }

    public var count: Int { source.count }

    public func batch(at index: Int) async throws -> Batch { try await source.batch(at: index) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        try await source.batch(at: index, epoch: epoch)
    }

    public func onEpochEnd() async {
        await gate?.pass()
        await source.onEpochEnd()
    }
}
