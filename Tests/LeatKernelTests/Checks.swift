import CLeatKernels
import Testing

/// All tests of the kernels; they choose instruction sets for the whole process, so one runs at a time.
@Suite(.serialized) enum Kernels {}

/// Numbers that look random, the same in every run.
struct Numbers {
    var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) * 0x1p-53
    }

    mutating func array<T: Real>(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [T] {
        (0..<count).map { _ in T(range.lowerBound + (range.upperBound - range.lowerBound) * next()) }
    }
}

/// Runs `body` once for each instruction set of this machine, which new plans then use.
func forEachInstructionSet(_ body: (leat_isa) throws -> Void) rethrows {
    let before = leat_isa_current()
    defer { _ = leat_isa_select(before) }
    for isa in [LEAT_ISA_PORTABLE, LEAT_ISA_AVX2, LEAT_ISA_AVX512] where leat_isa_select(isa) { try body(isa) }
}

/// What a step is expected to leave in one of its outputs.
struct Output<T: Real> {
    let array: GuardedArray<T>
    let expected: [Double]
    /// What it holds before the run; NaN if nil.
    var initial: [T]?
    var relative = 8 * T.unit
    var absolute = 0.0
}

/// Adds steps by `build`, runs them on 1, 2 and 3 threads with every instruction set, and compares all outputs with what
/// is expected, and, bit by bit, with those of one thread.
func check<T: Real>(
    _ what: @autoclosure () -> String, _ outputs: [Output<T>], location: SourceLocation = #_sourceLocation,
    build: (OpaquePointer) -> Bool
) {
    forEachInstructionSet { isa in
        var first: [[UInt64]]?
        for threads in 1...3 {
            for output in outputs {
                output.array.fill(with: .nan)
                if let initial = output.initial { output.array.set(initial) }
            }
            let result = run(T.self, threads: threads, build: build)
            #expect(result?.status == LEAT_OK, "\(what()) could not run", sourceLocation: location)
            let place = "\(what()), \(T.self), instruction set \(isa.rawValue), \(threads) threads"
            for (number, output) in outputs.enumerated() {
                if let difference = output.difference {
                    Issue.record("\(place), output \(number): \(difference)", sourceLocation: location)
                    return
                }
            }
            let bits = outputs.map { $0.array.values.map(\.bits) }
            #expect(first == nil || first == bits, "\(place): other bits than on one thread", sourceLocation: location)
            first = first ?? bits
        }
    }
}

extension Output {
    /// The first element that is not as expected.
    private func matches(_ value: Double, _ wish: Double) -> Bool {
        if wish.isNaN { return value.isNaN }
        return value == wish || (value - wish).magnitude <= absolute + relative * wish.magnitude
    }

    fileprivate var difference: String? {
        for (index, value) in array.doubles.enumerated() where !matches(value, expected[index]) {
            return "element \(index) of \(array.count) is \(value), not \(expected[index])"
        }
        return nil
    }
}

/// Makes a plan and a pool, runs once, and ends both; nil if a step can't be added.
func run<T: Real>(_ type: T.Type, threads: Int, build: (OpaquePointer) -> Bool) -> leat_result? {
    guard let plan = leat_plan_create(T.plan, Int32(threads)), let pool = leat_pool_create(Int32(threads)) else {
        return nil
    }
    defer {
        leat_plan_destroy(plan)
        leat_pool_destroy(pool)
    }
    return build(plan) ? leat_plan_run(plan, pool) : nil
}

/// Sizes around vectors, tiles and panels.
let oddSizes = [1, 3, 15, 16, 17, 31, 33, 63, 65]
