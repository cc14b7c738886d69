import CLeatKernels

/// What this machine could do at the most, measured: the floor that times of kernels are held against.
public struct MachineLimits: Sendable, Hashable, Codable {
    /// How fast an array of a size is read again and again, from whatever caches hold it.
    public struct Bandwidth: Sendable, Hashable, Codable {
        /// The array's size.
        public let bytes: Double
        /// In 10⁹ bytes a second.
        public let gigabytesPerSecond: Double
    }

    /// The threads that were measured.
    public let threads: Int
    /// The instruction set of the kernels: `portable`, `avx2` or `avx512`.
    public let instructionSet: String
    /// The version of oneDNN in use, empty without.
    public let oneDNN: String
    /// Multiplications and additions of single precision, in 10⁹ a second.
    public let gigaflops: Double
    /// Reading arrays of several sizes, the smallest first.
    public let bandwidths: [Bandwidth]

    /// Measures for about half a second, with up to 256 MiB of memory.
    ///
    /// - Parameter threads: The threads to measure; 0 means one for each processor.
    /// - Throws: `GraphError` if the threads can't be started.
    public init(measuring threads: Int = 0) throws {
        let pool = try KernelPool(threads: threads)
        self.threads = pool.threadCount
        instructionSet =
            switch leat_isa_current() {
            case LEAT_ISA_AVX512: "avx512"
            case LEAT_ISA_AVX2: "avx2"
            default: "portable"
            }
        oneDNN = String(cString: leat_onednn_version())
        gigaflops = leat_peak_gflops(LEAT_FLOAT32, pool.handle, 200)
        bandwidths = (20...28).map { power in
            let bytes = 1 << power
            let rate = leat_peak_bandwidth(pool.handle, bytes, power < 28 ? 30 : 150)
            return Bandwidth(bytes: Double(bytes), gigabytesPerSecond: rate)
        }
    }

    /// How fast the largest array is read, in 10⁹ bytes a second: that of memory, or a cache of a hundred megabytes.
    public var memoryGigabytesPerSecond: Double { bandwidths.last?.gigabytesPerSecond ?? 0 }

    /// The least seconds that a step takes.
    ///
    /// It does an amount of arithmetic, and moves bytes that it comes back to in each step; those that fit into the
    /// fastest caches cost nothing.
    public func leastSeconds(operations: Double, bytes: Double) -> Double {
        let rate = bandwidths.last { $0.bytes <= bytes }?.gigabytesPerSecond ?? 0
        return max(operations / gigaflops, rate > 0 ? bytes / rate : 0) * 1e-9
    }
}
