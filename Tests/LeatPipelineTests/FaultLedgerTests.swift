import Testing

@testable import LeatPipeline

@Suite struct FaultLedgerTests {
    private struct Trouble: Error {}

    private func verdicts(_ ledger: inout FaultLedger, _ batches: [Int]) -> [String] {
        batches.map { number in
            let ticket = Ticket(number: number, epoch: 0, index: number)
            switch ledger.judge(ticket, Trouble(), batches: number + 1, replacement: number + 1) {
            case .raise(let error): return error is Trouble ? "raise" : "too many"
            case .skip: return "skip"
            case .replace: return "replace"
            }
        }
    }

    @Test func `A fault is told with its file once`() {
        let told = BatchFault(epoch: 0, batch: 3, file: "0.mds", sample: 4, reason: "0.mds was cut short.")
        #expect(
            told.description == "Batch 3 of epoch 0 can't be made and was skipped (sample 4): 0.mds was cut short.")
        let silent = BatchFault(epoch: 1, batch: 3, file: "a/0.mds", reason: "It is odd.", replacement: 5)
        #expect(
            silent.description
                == "Batch 3 of epoch 1 can't be made and was replaced by batch 5 (a/0.mds): It is odd.")
    }

    @Test func `raising keeps no record`() {
        var ledger = FaultLedger(.raise)
        #expect(verdicts(&ledger, [0, 1]) == ["raise", "raise"])
        #expect(ledger.faults.isEmpty)
    }

    @Test func `a count is used up`() {
        var ledger = FaultLedger(.skip(.count(2)))
        #expect(verdicts(&ledger, [0, 5, 900]) == ["skip", "skip", "too many"])
        #expect(ledger.faults.map(\.batch) == [0, 5])
        var none = FaultLedger(.replace(.count(0)))
        #expect(verdicts(&none, [3]) == ["too many"])
    }

    @Test func `a share allows one at once and more as batches come`() {
        var ledger = FaultLedger(.replace(.share(0.1)))
        #expect(
            verdicts(&ledger, [0, 18, 19, 20, 28, 29]) == [
                "replace", "too many", "replace", "too many", "too many", "replace",
            ])
        #expect(ledger.faults.map(\.replacement) == [1, 20, 30])
    }
}
