#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The machine's processors.
package enum Processors {
    /// How many this process may run on, at least one.
    package static var count: Int { max(ProcessInfo.processInfo.activeProcessorCount, 1) }
}
