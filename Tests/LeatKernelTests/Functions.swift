#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

// The C library's functions in double precision, which the kernels are held to.
func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }
func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
