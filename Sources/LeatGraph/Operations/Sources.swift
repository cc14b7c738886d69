/// A value that is fed before each run.
struct Input: Operation { let index: Int }

/// A value that lives in the parameter store.
struct Parameter: Operation { let index: Int }

/// A state as it was before the run's assignments.
struct Snapshot: Operation {}

/// The same number everywhere, written once when the graph is compiled.
struct Constant: Operation { let value: Double }
