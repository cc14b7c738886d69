import LeatCore
import Synchronization

/// The values that were asked for last, each made when it is first needed.
///
/// Who asks for a value that is being made waits for it, and not for another.
final class RecentValues<Key: Equatable & Sendable, Value: Sendable>: Sendable {
    private final class Once: Sendable {
        private let value = Lock<Value?>(nil)

        func value(_ make: () -> Value) -> Value {
            value.withLock { value in
                if let value { return value }
                let made = make()
                value = made
                return made
            }
        }
    }

    private let limit: Int
    /// The one that was asked for last comes last.
    private let kept = Lock<[(key: Key, value: Once)]>([])

    /// Keeps as many values.
    init(limit: Int) { self.limit = limit }

    func value(for key: Key, _ make: () -> Value) -> Value {
        let once = kept.withLock { kept in
            let known = kept.lastIndex { $0.key == key }
            if let known, known == kept.count - 1 { return kept[known].value }
            let once = known.map { kept.remove(at: $0).value } ?? Once()
            if kept.count == limit { kept.removeFirst() }
            kept.append((key, once))
            return once
        }
        return once.value(make)
    }
}
