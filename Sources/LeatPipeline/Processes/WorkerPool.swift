final class WorkerPool: Feeder {
    let processes: [Int32] = []
    init(_ source: any WorkerSource, _ stream: IndexedStream, workers: Int, launch: WorkerLaunch) throws(PipelineError) {}
    func stop() async {}
}
