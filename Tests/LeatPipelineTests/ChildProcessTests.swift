import Foundation
import Synchronization
import Testing

@testable import LeatPipeline

@Suite(.timeLimit(.minutes(1))) struct ChildProcessTests {
    @Test func `the ends of a pipe are not inherited`() throws {
        let pipe = try LeatPipeline.Pipe()
        #expect(fcntl(pipe.readEnd.raw, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(pipe.writeEnd.raw, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test(arguments: [
        ("exit 7", ChildStatus.exited(7)), ("exit 0", .exited(0)), ("kill -9 $$", .killed(signal: 9)),
        // Neither what this program forgot to mark nor its pipes are there: only 0, 1 and 2. The listing has its own
        // descriptor, which is closed by the time it is looked at; `$(…)` would hold a pipe as well.
        ("for f in /proc/$$/fd/*; do [ ${f##*/} -gt 2 ] && [ -e $f ] && exit 1; done; exit 0", .exited(0)),
    ]) func `a child has three descriptors and its end is told`(script: String, status: ChildStatus) throws {
        let forgotten = open("/dev/null", O_RDONLY)
        defer { close(forgotten) }
        #expect(try end(of: script) == status)
    }

    @Test func `a child does not get what another thread opens while it is started`() async throws {
        let isOver = Atomic(false)
        async let opening: Void = withCheckedContinuation { done in
            Thread.detachNewThread {
                while !isOver.load(ordering: .relaxed) { close(open("/dev/null", O_RDONLY)) }
                done.resume()
            }
        }
        let ends = try (0..<100).map { _ in
            try end(of: "for f in /proc/$$/fd/*; do [ ${f##*/} -gt 2 ] && [ -e $f ] && exit 1; done; exit 0")
        }
        isOver.store(true, ordering: .relaxed)
        await opening
        #expect(ends.allSatisfy { $0 == .exited(0) })
    }

    private func end(of script: String) throws -> ChildStatus {
        let input = try LeatPipeline.Pipe()
        let output = try LeatPipeline.Pipe()
        let child = try ChildProcess(
            path: "/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"],
            input: input.readEnd, output: output.writeEnd)
        return child.reap()
    }
}
