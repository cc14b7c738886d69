// Convolutions of 3 × 3 taps by Winograd's minimal filtering.
#ifndef LEAT_WINOGRAD_H
#define LEAT_WINOGRAD_H

#include "internal.h"

// Each appends a whole step, or returns false and leaves the plan as it was.
bool leat_winograd_add_conv(leat_plan *, const leat_conv *, leat_activation, const void *x, const void *w,
                            const void *bias, void *y);
/// The same with max pooling behind it, if leat_winograd_pools.
bool leat_winograd_add_conv_max_pool(leat_plan *, const leat_conv *, leat_activation, const void *x, const void *w,
                                     const void *bias, void *y, uint16_t *chosen);
bool leat_winograd_pools(leat_real, const leat_conv *, const leat_pool2d *);
bool leat_winograd_add_conv_data_gradient(leat_plan *, const leat_conv *, const void *dy, const void *w,
                                          leat_activation, const void *gradient_output, void *dx);
bool leat_winograd_add_conv_filter_gradient(leat_plan *, const leat_conv *, const void *x, const void *dy, void *dw,
                                            void *db);

#endif
