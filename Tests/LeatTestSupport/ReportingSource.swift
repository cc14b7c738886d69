import Foundation
import LeatCore
public import LeatPipeline

/// A counting source that says of each batch that it is being made, by a byte in a named pipe.
public struct ReportingSource: WorkerSource {
    /// The pipe, which a test reads.
    public struct Reports: Sendable {
        public let path: String
        private let descriptor: Int32

        /// Makes the pipe.
        public init(path: String) {
            self.path = path
            mkfifo(path, 0o600)
            // For writing as well, so that it neither waits for workers nor ends with them.
            descriptor = open(path, O_RDWR | O_CLOEXEC)
        }

        /// Waits for so many reports, half a minute for each at most; blocks.
        public func await(_ count: Int) {
            var (left, bytes) = (count, [UInt8](repeating: 0, count: max(count, 1)))
            while left > 0 {
                var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&interest, 1, 30_000) != 0 else { return }
                let count = read(descriptor, &bytes, left)
                if count > 0 { left -= count } else if errno != EINTR { return }
            }
        }

        /// Whether there is a report that was not waited for.
        public var areLeft: Bool {
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&interest, 1, 0) > 0
        }

        /// Closes the pipe.
        public func end() { close(descriptor) }
    }

    public struct Configuration: Codable, Sendable {
        public var counting: CountingSource.Configuration
        public var path: String
    }

    public let configuration: Configuration
    private let source: CountingSource

    public init(configuration: Configuration) {
        self.configuration = configuration
        source = CountingSource(configuration: configuration.counting)
    }

    public init(count: Int, rows: Int = 3, columns: Int = 5, to reports: Reports) {
        let counting = CountingSource(count: count, rows: rows, columns: columns).configuration
        self.init(configuration: Configuration(counting: counting, path: reports.path))
    }

    public var count: Int { source.count }

    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        let pipe = open(configuration.path, O_WRONLY | O_CLOEXEC)
        defer { close(pipe) }
        _ = withUnsafeBytes(of: UInt8(1)) { write(pipe, $0.baseAddress, 1) }
        return try await source.batch(at: index, epoch: epoch)
    }
}
