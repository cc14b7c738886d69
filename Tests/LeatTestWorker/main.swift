import Foundation
import LeatPipeline
import LeatShards
import LeatTestSupport

// One part is that of a program that forgot to serve.
if CommandLine.arguments.dropFirst().first == "forgetful" { exit(try await Parts.forgetful()) }
await WorkerProcess.serveIfRequested(
    CountingSource.self, MisbehavingSource.self, PointSource.self, UnopenableSource.self, ShardDataset.self,
    RecipeSource<AugmentedNumbers>.self)

// Not started as a worker: a part in a test, chosen by the first argument.
switch CommandLine.arguments.dropFirst().first {
case "parent": try await Parts.parent()
case "leaks": try await Parts.leaks()
case "measure": try await Parts.measure()
case "stream":
    try await Streaming.run(folder: CommandLine.arguments[2], processes: CommandLine.arguments[3] == "processes")
default: print("This program plays a part in Leat's tests: parent, leaks, forgetful, measure or stream.")
}
