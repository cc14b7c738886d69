/// The processor's large pages: memory in them takes one fault where small ones take hundreds.
package enum LargePages {
    /// The size of one.
    package static let byteCount = 2 << 20

    /// So many bytes of a block of the given size, from its beginning on, are worth to be in large pages: whole ones,
    /// and one that would be used for seven eighths of it.
    package static func share(of blockByteCount: Int) -> Int {
        (blockByteCount + byteCount / 8) / byteCount * byteCount
    }

    /// The memory that a block takes: large pages, and behind them small ones.
    package static func memory(of blockByteCount: Int) -> Int {
        max(share(of: blockByteCount), rounded(blockByteCount))
    }

    /// The bytes of the small pages that hold so many.
    package static func rounded(_ blockByteCount: Int) -> Int {
        let page = 4096
        return (blockByteCount + page - 1) / page * page
    }
}
