import LeatCore

/// A random matrix with orthonormal columns, or rows where those are fewer, uniform among all such.
///
/// Normally distributed columns are made orthonormal one after the other (the modified Gram–Schmidt process). That is
/// the Q of a QR decomposition whose R has a positive diagonal, which makes it uniform (Mezzadri, "How to generate
/// random matrices from the classical compact groups", 2007).
struct OrthogonalMatrix {
    /// The elements, row by row of the shape asked for.
    let values: [Double]

    /// A matrix for a parameter of the given shape, its leading axes as one.
    init(_ shape: Shape, using generator: inout PhiloxGenerator) {
        let columns = shape[-1]
        let rows = shape.dimensions.dropLast().reduce(1, *)
        let (long, short) = (max(rows, columns), min(rows, columns))
        var q = (0..<long * short).map { _ in generator.nextNormal(truncated: false) }
        q.withUnsafeMutableBufferPointer { Self.orthonormalizeColumns(of: $0, rows: long, columns: short) }
        guard rows < columns else {
            values = q
            return
        }
        values = (0..<rows * columns).map { q[$0 % columns * short + $0 / columns] }
    }

    private static func orthonormalizeColumns(of q: UnsafeMutableBufferPointer<Double>, rows: Int, columns: Int) {
        var products = [Double](repeating: 0, count: columns)
        for k in 0..<columns {
            var squares = 0.0
            for i in 0..<rows { squares += q[i * columns + k] * q[i * columns + k] }
            let scale = 1 / squares.squareRoot()
            for j in k..<columns { products[j] = 0 }
            // Both passes go along rows, which stand in memory one after the other.
            for i in 0..<rows {
                q[i * columns + k] *= scale
                let own = q[i * columns + k]
                for j in k + 1..<columns { products[j] += own * q[i * columns + j] }
            }
            for i in 0..<rows {
                let own = q[i * columns + k]
                for j in k + 1..<columns { q[i * columns + j] -= own * products[j] }
            }
        }
    }
}
