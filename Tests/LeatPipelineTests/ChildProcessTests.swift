import Foundation
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
        let input = try LeatPipeline.Pipe()
        let output = try LeatPipeline.Pipe()
        let child = try ChildProcess(
            path: "/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"],
            input: input.readEnd, output: output.writeEnd)
        #expect(child.reap() == status)
    }
}
