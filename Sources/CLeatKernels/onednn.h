// What the kernel core takes from oneDNN; without LEAT_ONEDNN every function here refuses.
#ifndef LEAT_ONEDNN_H
#define LEAT_ONEDNN_H

#include "internal.h"

/// Makes OpenMP (oneDNN's threads) use this thread alone; returns what leat_onednn_restore_threads takes.
int leat_onednn_single_thread(void);
void leat_onednn_restore_threads(int previous);

/// Whether the plans that this thread creates from now on may use oneDNN.
bool leat_onednn_may_run(void);

// Each appends a whole step, or returns false and leaves the plan as it was.
bool leat_onednn_add_conv(leat_plan *, const leat_conv *, leat_activation, const void *x, const void *w,
                          const void *bias, void *y);
bool leat_onednn_add_conv_data_gradient(leat_plan *, const leat_conv *, const void *dy, const void *w,
                                        leat_activation, const void *gradient_output, void *dx);
bool leat_onednn_add_conv_filter_gradient(leat_plan *, const leat_conv *, const void *x, const void *dy, void *dw,
                                          void *db);
/// Products that don't depend on each other, as one step.
bool leat_onednn_add_gemms(leat_plan *, int count, const leat_gemm *gemms);
/// Whether oneDNN makes a plan's product faster than the own kernels.
bool leat_onednn_takes(const leat_plan *, const leat_gemm *);
/// A part of op(a)·op(b), into a matrix of its own; false if oneDNN failed.
bool leat_onednn_multiply(const leat_gemm *, int64_t i, int64_t rows, int64_t j, int64_t columns, void *c);

/// A phase that sums partial results from shared scratch memory.
bool leat_add_sum_parts(leat_plan *, leat_sum_parts_args);

#endif
