import Foundation
public import LeatPipeline

/// The programs that tests start as workers, `LeatTestWorker` above all, which are built next to the tests.
public enum TestWorker {
    public static var path: String { path(of: "LeatTestWorker") }

    private static func path(of program: String) -> String {
        #if os(Linux)
            let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        #else
            let bundle =
                Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
        #endif
        return bundle.deletingLastPathComponent().appendingPathComponent(program).path
    }

    /// Workers of the test program, with arguments of its own; crashes are meant, and a report of one takes seconds.
    public static func launch(_ arguments: [String]) -> WorkerLaunch {
        .program(path: "/usr/bin/env", arguments: ["SWIFT_BACKTRACE=enable=no", path] + arguments)
    }

    /// Workers of the test program.
    public static var launch: WorkerLaunch { launch([]) }

    /// Workers of the program that knows the formats, `LeatFormatsTestWorker`.
    public static var launchForFormats: WorkerLaunch {
        .program(path: path(of: "LeatFormatsTestWorker"), arguments: [])
    }
}
