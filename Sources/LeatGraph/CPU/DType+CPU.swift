import CLeatKernels
import LeatCore

extension DType {
    var kernelElement: leat_element {
        switch self {
        case .uint8: LEAT_U8
        case .int8: LEAT_I8
        case .uint16: LEAT_U16
        case .int16: LEAT_I16
        case .uint32: LEAT_U32
        case .int32: LEAT_I32
        case .uint64: LEAT_U64
        case .int64: LEAT_I64
        case .float16: LEAT_F16
        case .float32: LEAT_F32
        case .float64: LEAT_F64
        }
    }
}
