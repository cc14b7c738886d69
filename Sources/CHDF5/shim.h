#pragma once
#include <hdf5.h>

/* The library's types and properties are macros over variables that it must be initialised for; Swift sees functions. */
static inline hid_t leat_h5_native(int is_float, int is_signed, size_t size) {
    if (is_float) return size == 4 ? H5T_NATIVE_FLOAT : size == 8 ? H5T_NATIVE_DOUBLE : H5I_INVALID_HID;
    switch (size) {
    case 1: return is_signed ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8;
    case 2: return is_signed ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16;
    case 4: return is_signed ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32;
    case 8: return is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
    default: return H5I_INVALID_HID;
    }
}

/* IEEE's half precision, which has no native type of the library's own; to be closed. */
static inline hid_t leat_h5_half(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type < 0) return type;
    if (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 || H5Tset_ebias(type, 15) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

/* A text of the given size in bytes, or of any length if that is 0; to be closed. */
static inline hid_t leat_h5_text(H5T_cset_t characters, size_t size) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    if (H5Tset_size(type, size == 0 ? H5T_VARIABLE : size) < 0 || H5Tset_cset(type, characters) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

/* Errors are returned, not printed. */
static inline void leat_h5_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
