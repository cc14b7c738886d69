import LeatCore

@testable import LeatPipeline

extension PipelineSimulation {
    /// What is simulated: drawn once, then fixed.
    struct Plan: CustomStringConvertible {
        let areTasks: Bool
        let workers: Int
        let capacity: Int
        let count: Int
        /// The place in epoch 0 at which the stream starts.
        let start: Int
        let limit: Int
        let isShuffled: Bool
        let policy: FaultPolicy
        let isOrdered: Bool
        /// Batches that the source can't make, and those that end whoever tries.
        let flawed: Set<Int>
        let poison: Set<Int>

        init(_ random: inout PhiloxGenerator) {
            areTasks = Int.random(in: 0..<4, using: &random) == 0
            workers = Int.random(in: 1...4, using: &random)
            capacity = Int.random(in: 1...9, using: &random)
            count = Int.random(in: 1...9, using: &random)
            start = Int.random(in: 0..<count, using: &random)
            limit = Bool.random(using: &random) ? Int.random(in: 0...40, using: &random) : .max
            isShuffled = Bool.random(using: &random)
            let allowance: FaultAllowance =
                switch Int.random(in: 0..<3, using: &random) {
                case 0: .unlimited
                case 1: .count(Int.random(in: 0...6, using: &random))
                default: .share(Double(Int.random(in: 0...10, using: &random)) / 10)
                }
            // Without order, which batches are the first few is anybody's guess, and so is what an allowance is for.
            isOrdered = Int.random(in: 0..<4, using: &random) != 0
            policy =
                switch isOrdered ? Int.random(in: 0..<3, using: &random) : 3 {
                case 0: .raise
                case 1: .skip(allowance)
                case 3: .skip(.unlimited)
                default: .replace(allowance)
                }
            let isFlawless = Bool.random(using: &random)
            flawed = Set((0..<count).filter { _ in !isFlawless && Int.random(in: 0..<5, using: &random) == 0 })
            let isHarmless = areTasks || Bool.random(using: &random)
            poison = Set((0..<count).filter { _ in !isHarmless && Int.random(in: 0..<8, using: &random) == 0 })
        }

        func order(epoch: Int) -> BatchOrder {
            isShuffled ? BatchOrder(count: count, shuffledBy: 3, epoch: epoch) : BatchOrder(count: count)
        }

        /// The place after an epoch's last.
        func end(ofEpoch epoch: Int) -> Int { (epoch + 1) * count - start }

        func result(_ ticket: Ticket) -> Result<Int, any Error> {
            flawed.contains(ticket.index)
                ? .failure(Trouble(index: ticket.index)) : .success(Self.value(epoch: ticket.epoch, ticket.index))
        }

        static func value(epoch: Int, _ index: Int) -> Int { epoch * 1000 + index }

        var description: String {
            "\(workers) \(areTasks ? "tasks" : "processes"), room for \(capacity), \(count) batches from \(start), "
                + "limit \(limit), \(isOrdered ? "" : "un")ordered, \(policy), flawed \(flawed.sorted()), poison \(poison.sorted())"
        }
    }

    /// What must come, worked out place by place from the plan alone.
    struct Oracle {
        enum Outcome: Equatable {
            case batch(Int)
            case failed, skipped, tooMany
        }

        let plan: Plan
        private(set) var faultCount = 0
        /// Without order: what the pass still has to give.
        private var rest: [Outcome] = []

        init(_ plan: Plan) { self.plan = plan }

        /// Whether something may come at a place; to be asked for each place once, in order.
        mutating func allows(_ outcome: Outcome, place: Int) -> Bool {
            if plan.isOrdered { return next(place: place) == outcome }
            if rest.isEmpty {
                let end = plan.end(ofEpoch: (plan.start + place) / plan.count)
                rest = (place..<min(end, plan.limit)).map { next(place: $0) }
            }
            guard let found = rest.firstIndex(of: outcome) else { return false }
            rest.remove(at: found)
            return true
        }

        /// What comes at a place in order; to be asked for each place once, in order.
        mutating func next(place: Int) -> Outcome {
            let (epoch, position) = (plan.start + place).quotientAndRemainder(dividingBy: plan.count)
            let order = plan.order(epoch: epoch)
            for attempt in 0..<plan.count {
                let index = order[(position + attempt) % plan.count]
                if !plan.flawed.contains(index), !plan.poison.contains(index) {
                    return .batch(Plan.value(epoch: epoch, index))
                }
                let allowance: FaultAllowance
                switch plan.policy {
                case .raise: return .failed
                case .skip(let limit): allowance = limit
                case .replace(let limit):
                    if attempt == plan.count - 1 { return .tooMany }
                    allowance = limit
                }
                let allowed =
                    switch allowance {
                    case .unlimited: Int.max
                    case .count(let count): count
                    case .share(let share): max(1, Int(share * Double(plan.start + place + 1)))
                    }
                if faultCount >= allowed { return .tooMany }
                faultCount += 1
                if case .skip = plan.policy { return .skipped }
            }
            return .tooMany
        }
    }
}
