#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The functions of libhdf5 that are used, under their names without the `H5`, as version 1.10 and all later ones have them.
///
/// The library is loaded when the first file is opened, and not with the program: Debian's brings thirty others with it,
/// for which every program and each of its worker processes would wait.
struct HDF5Functions: Sendable {
    /// `hid_t`: something that the library keeps; negative for an error.
    typealias ID = Int64
    /// `herr_t` and `htri_t`: negative for an error, else whether it is so.
    typealias Status = CInt
    typealias Name = UnsafePointer<CChar>
    typealias Sizes = UnsafePointer<UInt64>
    typealias Field = UnsafeMutablePointer<Int>
    typealias Close = @convention(c) @Sendable (ID) -> Status
    typealias Open = @convention(c) @Sendable (ID, Name, ID) -> ID
    typealias Part = @convention(c) @Sendable (ID) -> ID
    typealias Kind = @convention(c) @Sendable (ID) -> CInt
    typealias SetKind = @convention(c) @Sendable (ID, CInt) -> Status
    typealias SetSize = @convention(c) @Sendable (ID, Int) -> Status

    /// `H5G_info_t`.
    struct GroupInfo {
        var storage: CInt = 0
        var linkCount: UInt64 = 0
        var greatestOrder: Int64 = 0
        var isMounted: UInt64 = 0
    }

    // Files, groups and objects.
    let fOpen: @convention(c) @Sendable (Name, CUnsignedInt, ID) -> ID
    let fClose: Close
    let fGetFilesize: @convention(c) @Sendable (ID, UnsafeMutablePointer<UInt64>) -> Status
    let gOpen: Open
    let gClose: Close
    let gGetInfo: @convention(c) @Sendable (ID, UnsafeMutableRawPointer) -> Status
    let oOpen: Open
    let oClose: Close
    let oExistsByName: @convention(c) @Sendable (ID, Name, ID) -> Status
    let iGetType: Kind
    let lGetNameByIdx:
        @convention(c) @Sendable (ID, Name, CInt, CInt, UInt64, UnsafeMutablePointer<CChar>?, Int, ID) -> Int

    // Attributes.
    let aExistsByName: @convention(c) @Sendable (ID, Name, Name, ID) -> Status
    let aOpenByName: @convention(c) @Sendable (ID, Name, Name, ID, ID) -> ID
    let aClose: Close
    let aGetType: Part
    let aGetSpace: Part
    let aRead: @convention(c) @Sendable (ID, ID, UnsafeMutableRawPointer) -> Status

    // Datasets.
    let dOpen: Open
    let dClose: Close
    let dGetSpace: Part
    let dGetType: Part
    let dRead: @convention(c) @Sendable (ID, ID, ID, ID, ID, UnsafeMutableRawPointer) -> Status
    let dVlenReclaim: @convention(c) @Sendable (ID, ID, ID, UnsafeMutableRawPointer) -> Status

    // Shapes.
    let sCreate: @convention(c) @Sendable (CInt) -> ID
    let sCreateSimple: @convention(c) @Sendable (CInt, Sizes, Sizes?) -> ID
    let sClose: Close
    let sGetExtentCount: @convention(c) @Sendable (ID) -> Int64
    let sGetExtentRank: Kind
    let sGetExtents: @convention(c) @Sendable (ID, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>?) -> CInt
    let sGetExtentType: Kind
    let sSelectHyperslab: @convention(c) @Sendable (ID, CInt, Sizes, Sizes?, Sizes, Sizes?) -> Status

    // Types of elements.
    let tCopy: Part
    let tClose: Close
    let tGetClass: Kind
    let tGetSize: @convention(c) @Sendable (ID) -> Int
    let tGetSign: Kind
    let tGetFields: @convention(c) @Sendable (ID, Field, Field, Field, Field, Field) -> Status
    let tGetCset: Kind
    let tGetStrpad: Kind
    let tIsVariableStr: Kind
    let tSetFields: @convention(c) @Sendable (ID, Int, Int, Int, Int, Int) -> Status
    let tSetSize: SetSize
    let tSetEbias: SetSize
    let tSetCset: SetKind
    let tSetStrpad: SetKind

    /// Errors are returned, not printed, from here on, in this thread.
    let eSetAuto: @convention(c) @Sendable (ID, UnsafeRawPointer?, UnsafeRawPointer?) -> Status

    /// The types of this machine's numbers and of texts by the library's names, such as `NATIVE_FLOAT`; not to be closed.
    let types: [String: ID]

    /// Finds them all in a library that was loaded.
    ///
    /// - Throws: `HDF5Error` if one is missing.
    init(_ library: HDF5Loading) throws(HDF5Error) {
        fOpen = try library.function("Fopen")
        fClose = try library.function("Fclose")
        fGetFilesize = try library.function("Fget_filesize")
        gOpen = try library.function("Gopen2")
        gClose = try library.function("Gclose")
        gGetInfo = try library.function("Gget_info")
        oOpen = try library.function("Oopen")
        oClose = try library.function("Oclose")
        oExistsByName = try library.function("Oexists_by_name")
        iGetType = try library.function("Iget_type")
        lGetNameByIdx = try library.function("Lget_name_by_idx")
        aExistsByName = try library.function("Aexists_by_name")
        aOpenByName = try library.function("Aopen_by_name")
        aClose = try library.function("Aclose")
        aGetType = try library.function("Aget_type")
        aGetSpace = try library.function("Aget_space")
        aRead = try library.function("Aread")
        dOpen = try library.function("Dopen2")
        dClose = try library.function("Dclose")
        dGetSpace = try library.function("Dget_space")
        dGetType = try library.function("Dget_type")
        dRead = try library.function("Dread")
        // Its name from 1.12 on; the old one is left out where deprecated functions are.
        dVlenReclaim = try library.function(library.hasFunction("Treclaim") ? "Treclaim" : "Dvlen_reclaim")
        sCreate = try library.function("Screate")
        sCreateSimple = try library.function("Screate_simple")
        sClose = try library.function("Sclose")
        sGetExtentCount = try library.function("Sget_simple_extent_npoints")
        sGetExtentRank = try library.function("Sget_simple_extent_ndims")
        sGetExtents = try library.function("Sget_simple_extent_dims")
        sGetExtentType = try library.function("Sget_simple_extent_type")
        sSelectHyperslab = try library.function("Sselect_hyperslab")
        tCopy = try library.function("Tcopy")
        tClose = try library.function("Tclose")
        tGetClass = try library.function("Tget_class")
        tGetSize = try library.function("Tget_size")
        tGetSign = try library.function("Tget_sign")
        tGetFields = try library.function("Tget_fields")
        tGetCset = try library.function("Tget_cset")
        tGetStrpad = try library.function("Tget_strpad")
        tIsVariableStr = try library.function("Tis_variable_str")
        tSetFields = try library.function("Tset_fields")
        tSetSize = try library.function("Tset_size")
        tSetEbias = try library.function("Tset_ebias")
        tSetCset = try library.function("Tset_cset")
        tSetStrpad = try library.function("Tset_strpad")
        eSetAuto = try library.function("Eset_auto2")
        types = try library.types(
            ["NATIVE_FLOAT", "NATIVE_DOUBLE", "IEEE_F32LE", "C_S1"]
                + [8, 16, 32, 64].flatMap { ["NATIVE_INT\($0)", "NATIVE_UINT\($0)"] })
    }
}

/// The library's numbers for kinds of things.
enum HDF5Constant {
    // H5I_type_t, H5S_class_t and H5S_seloper_t.
    static let group: CInt = 2
    static let dataset: CInt = 5
    static let scalar: CInt = 0
    static let nothing: CInt = 2
    static let select: CInt = 0
    // H5T_class_t, H5T_sign_t and H5T_str_t.
    static let integer: CInt = 0
    static let float: CInt = 1
    static let text: CInt = 3
    static let enumeration: CInt = 8
    static let unsigned: CInt = 0
    static let filledWithZeros: CInt = 1
    static let filledWithBlanks: CInt = 2
    // H5_index_t and H5_iter_order_t.
    static let byName: CInt = 0
    static let increasing: CInt = 0
}
