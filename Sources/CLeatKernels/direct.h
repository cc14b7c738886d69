// Convolutions of any shape, where the images stand.
#ifndef LEAT_DIRECT_H
#define LEAT_DIRECT_H

#include "internal.h"

// Each appends a whole step, or returns false and leaves the plan as it was.
bool leat_direct_add_conv(leat_plan *, const leat_conv *, leat_activation, const void *x, const void *w,
                          const void *bias, void *y);
/// Refuses strides, and padding beyond the window's reach.
bool leat_direct_add_conv_data_gradient(leat_plan *, const leat_conv *, const void *dy, const void *w, leat_activation,
                                        const void *gradient_output, void *dx);
bool leat_direct_add_conv_filter_gradient(leat_plan *, const leat_conv *, const void *x, const void *dy, void *dw,
                                          void *db);

#endif
