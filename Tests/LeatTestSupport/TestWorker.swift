import Foundation
public import LeatPipeline

/// The program `LeatTestWorker`, which is built next to the tests.
public enum TestWorker {
    public static var path: String {
        #if os(Linux)
            let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        #else
            let bundle =
                Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
        #endif
        return bundle.deletingLastPathComponent().appendingPathComponent("LeatTestWorker").path
    }

    /// Workers of the test program, with arguments of its own; crashes are meant, and a report of one takes seconds.
    public static func launch(_ arguments: [String]) -> WorkerLaunch {
        .program(path: "/usr/bin/env", arguments: ["SWIFT_BACKTRACE=enable=no", path] + arguments)
    }

    /// Workers of the test program.
    public static var launch: WorkerLaunch { launch([]) }
}
