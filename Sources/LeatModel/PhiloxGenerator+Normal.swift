import LeatCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#endif

extension PhiloxGenerator {
    /// A normally distributed number of mean 0 and variance 1, by Box and Muller's method.
    ///
    /// With `truncated`, it is redrawn beyond ±2.
    mutating func nextNormal(truncated: Bool) -> Double {
        while true {
            let radius = (-2 * log(1 - nextUniform())).squareRoot()
            let value = radius * cos(2 * .pi * nextUniform())
            if !truncated || abs(value) < 2 { return value }
        }
    }
}
