import CLeatKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The element types of plans.
protocol Real: BinaryFloatingPoint, Sendable {
    static var plan: leat_real { get }
    var bits: UInt64 { get }
    /// The distance from 1 to the next number.
    static var unit: Double { get }
}

extension Float: Real {
    static var plan: leat_real { LEAT_FLOAT32 }
    var bits: UInt64 { UInt64(bitPattern) }
    static var unit: Double { Double(ulpOfOne) }
}

extension Double: Real {
    static var plan: leat_real { LEAT_FLOAT64 }
    var bits: UInt64 { bitPattern }
    static var unit: Double { ulpOfOne }
}

/// Memory that ends at a page which can't be touched: one element too far ends the process.
final class GuardedArray<Element> {
    let count: Int
    let elements: UnsafeMutablePointer<Element>
    private let pages: UnsafeMutableRawPointer
    private let length: Int

    init(count: Int, filledWith value: Element) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = count * MemoryLayout<Element>.stride
        let usable = (bytes + page - 1) / page * page
        self.count = count
        length = usable + page
        pages = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        mprotect(pages + usable, page, PROT_NONE)
        elements = (pages + usable - bytes).bindMemory(to: Element.self, capacity: count)
        fill(with: value)
    }

    convenience init(_ values: [Element]) where Element: ExpressibleByIntegerLiteral {
        self.init(count: values.count, filledWith: 0)
        set(values)
    }

    deinit { munmap(pages, length) }

    var values: [Element] { Array(UnsafeBufferPointer(start: elements, count: count)) }
    func fill(with value: Element) { elements.update(repeating: value, count: count) }
    func set(_ values: [Element]) {
        for (index, value) in values.enumerated() { elements[index] = value }
    }
}

extension GuardedArray where Element: Real {
    /// An output: every element is NaN until it is written.
    convenience init(outputOf count: Int) { self.init(count: count, filledWith: .nan) }
    var doubles: [Double] { values.map(Double.init) }
}
