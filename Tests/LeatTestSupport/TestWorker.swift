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

    /// Workers of the test program.
    public static var launch: WorkerLaunch { .program(path: path) }
}
