import Testing

@testable import LeatTrainer

@Suite struct ProgressBarTests {
    struct Case: Decodable {
        struct Update: Decodable {
            let seconds: Double
            let current: Int
            let names: [String]
            let values: [Double]
            let text: String
        }
        let target: Int?
        let verbose: Int
        let updates: [Update]
    }

    @Test func `prints what Keras 2 prints, character by character`() throws {
        for example in try Fixture.load("progress_bar.json", as: [Case].self) {
            var bar = ProgressBar(target: example.target)
            for update in example.updates {
                let values = MetricValues(names: update.names, values: update.values)
                let text =
                    example.verbose == 2
                    ? ProgressBar.summary(elapsed: update.seconds, values: values) + "\n"
                    : bar.redraw(update.current, elapsed: update.seconds, values: values)
                #expect(text == update.text)
            }
        }
    }

    @Test func `microseconds a step`() {
        let values: MetricValues = ["loss": 0.69, "acc": 0.54]
        #expect(
            ProgressBar(target: 1000).line(1000, elapsed: 0.052, values: values)
                == "1000/1000 [==============================] - 0s 52us/step - loss: 0.6900 - acc: 0.5400")
    }

    @Test func `numbers that are none do no harm`() {
        let values: MetricValues = ["loss": .nan, "acc": .infinity]
        #expect(
            ProgressBar(target: 0).line(0, elapsed: .infinity, values: values)
                == "0/0 [==============================] - infs 0us/step - loss: nan - acc: inf")
        var ended = ProgressBar(target: 2)
        ended.isFinished = true
        #expect(ended.line(1, elapsed: 3) == "1/2 [==============>...............] - 3s 3s/step")
        #expect(ProgressBar(target: 2).line(1, elapsed: .nan) == "1/2 [==============>...............] - ETA: ?")
    }

    @Test func `a terminal is drawn on at most twenty times a second`() {
        let (output, clock) = (CallLog(), CallLog())
        let console = Console(isTerminal: true, now: { Double(clock.all.count) / 1000 }, write: output.append)
        var report = ProgressReport(console: console, verbosity: 1)
        report.begin(target: 1000)
        for _ in 0..<999 {
            clock.append("a millisecond passes")
            report.advance(by: 1, values: nil)
        }
        #expect((19...20).contains(output.all.count))
        report.advance(by: 1, values: nil)
        report.end(values: ["loss": 1])
        #expect(
            output.all.last?.hasSuffix("1000/1000 [==============================] - 1s 999us/step - loss: 1.0000\n")
                == true)
    }

    @Test func `elsewhere only the finished line is written`() {
        let output = CallLog()
        var report = ProgressReport(console: Console(isTerminal: false, now: { 0 }, write: output.append), verbosity: 1)
        report.begin(target: 2)
        report.advance(by: 1, values: nil)
        report.advance(by: 1, values: nil)
        report.end(values: nil)
        #expect(output.all == ["2/2 [==============================] - 0s 0us/step\n"])
    }
}
