#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The most memory that this program and its workers have had.
struct MemoryWatch {
    /// In bytes.
    private(set) var peak = 0.0

    /// Notes what `usage(of:)` said.
    mutating func note(_ usage: Double) { peak = max(peak, usage) }

    /// The most bytes that this process and others have had each, added up; memory that they share counts once.
    ///
    /// Shared are the pages of files: of the program and its libraries, the same in all, and of unnamed files, which hold
    /// unpacked shards and batches. As much of them is counted as the process has that has the most.
    static func usage(of processes: [Int32]) -> Double {
        guard !processes.isEmpty else { return peakResidentBytes() }
        let all = (["self"] + processes.map(String.init)).map(Status.init)
        return all.reduce(0) { $0 + $1.peak - $1.shared } + (all.map(\.shared).max() ?? 0)
    }

    /// What the system says about one process, in bytes.
    private struct Status {
        var peak = 0.0
        var shared = 0.0

        init(_ process: String) {
            let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") {
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.count > 1, let kibibytes = Double(words[1]) else { continue }
                if words[0] == "VmHWM:" { peak = kibibytes * 1024 }
                if words[0] == "RssShmem:" || words[0] == "RssFile:" { shared += kibibytes * 1024 }
            }
        }
    }
}
