import Foundation
import LeatPipeline
import LeatShards
import LeatTestSupport

// One part is that of a program that forgot to serve.
if CommandLine.arguments.dropFirst().first == "forgetful" { exit(try await Parts.forgetful()) }
// Another is that of a worker that does not come to its first word.
if CommandLine.arguments.count == 5, CommandLine.arguments[1] == "fragile",
    let deed = MisbehavingSource.Deed(rawValue: CommandLine.arguments[2])
{
    FragileSource.misbehave(deed, markers: CommandLine.arguments[3], times: Int(CommandLine.arguments[4]) ?? 1)
}
// And one that is a worker, and lies.
if var liar = Liar(CommandLine.arguments) { try liar.run() }
await WorkerProcess.serveIfRequested(
    CountingSource.self, MisbehavingSource.self, PointSource.self, UnopenableSource.self, FlawedSource.self,
    FragileSource.self, TriggeredSource.self, ReportingSource.self, ShardDataset.self,
    RecipeSource<AugmentedNumbers>.self, MixedSequence<CountingSource>.self)

// Not started as a worker: a part in a test, chosen by the first argument.
switch CommandLine.arguments.dropFirst().first {
case "parent": try await Parts.parent()
case "leaks": try await Parts.leaks()
case "kept": try await Parts.keepBatchesOfKilledWorkers()
case "full": try Parts.full(folder: CommandLine.arguments[2])
case "starved": try await Parts.starved()
case "few-files": try await Parts.fewFiles(folder: CommandLine.arguments[2])
case "writer": try Parts.leaveUnfinished(folder: CommandLine.arguments[2], key: CommandLine.arguments[3])
case "measure": try await Parts.measure()
case "sum": try await Streaming.sum(folder: CommandLine.arguments[2], workers: CommandLine.arguments[3])
case "order": try await Streaming.order(folder: CommandLine.arguments[2], shuffle: CommandLine.arguments[3])
case "epochs":
    try await Streaming.epochs(folder: CommandLine.arguments[2], processes: CommandLine.arguments[3] == "processes")
case "stream":
    try await Streaming.run(folder: CommandLine.arguments[2], processes: CommandLine.arguments[3] == "processes")
default: print("This program plays a part in Leat's tests; its source says which parts there are.")
}
