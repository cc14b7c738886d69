// The kernels for any processor: 16-byte vectors, which are SSE2 and NEON.
#include "kernels/names.h"

#define VECTOR_BYTES 16
#define ISA portable
#include "kernels/float.inc"
#include "kernels/double.inc"
