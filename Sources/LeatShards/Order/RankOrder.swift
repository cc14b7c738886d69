import LeatPipeline

/// What one rank reads of an epoch's order; its positions count the rank's own samples.
struct RankOrder: SampleOrder {
    private let whole: any SampleOrder
    private let plan: BatchPlan

    init(_ whole: any SampleOrder, _ plan: BatchPlan) {
        self.whole = whole
        self.plan = plan
    }

    var count: Int { plan.sampleCount }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        forEachPart(of: positions) { whole.appendSamples(at: $0, to: &ids) }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        forEachPart(of: positions) { whole.noteShards(at: $0, in: &needs) }
    }

    /// Calls `body` with the same positions as the epoch counts them: at once, but for those that repeat others.
    private func forEachPart(of positions: Positions, _ body: (Positions) -> Void) {
        let (rank, ranks) = (plan.rank.index, plan.rank.count)
        let end = min(positions.end, plan.unrepeatedCount)
        if positions.first < end {
            body(
                Positions(
                    first: positions.first * ranks + rank, end: (end - 1) * ranks + rank + 1,
                    step: positions.step * ranks))
        }
        for number in positions where number >= end {
            let position = plan.position(ofSample: number)
            body(Positions(position..<position + 1))
        }
    }
}
