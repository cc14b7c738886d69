// The kernel core: a plan is a list of steps over fixed addresses, built once and run by one call a batch.
//
// Matrices and images are row-major; images are NHWC, convolution filters HWIO, as in Keras. Every function exists for
// float and double (leat_real). Kernels for AVX-512, AVX2 and a portable baseline are chosen once at run time. Results
// do not depend on the number of threads: work is cut into chunks whose number depends on the sizes alone, and
// reductions combine them in order.
#ifndef CLEATKERNELS_H
#define CLEATKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Instruction sets

typedef enum { LEAT_ISA_PORTABLE = 0, LEAT_ISA_AVX2 = 1, LEAT_ISA_AVX512 = 2 } leat_isa;

/// Whether this processor runs the kernels of an instruction set.
bool leat_isa_supported(leat_isa isa);
/// The instruction set that new plans use: the best supported one, or what LEAT_ISA says (portable, avx2, avx512).
leat_isa leat_isa_current(void);
/// Makes the plans that this thread creates from now on use an instruction set; false, and no change, if the processor
/// lacks it.
bool leat_isa_select(leat_isa isa);
/// Whether the package was built with oneDNN and its library can be loaded, and what version that is ("" if not).
bool leat_has_onednn(void);
const char *leat_onednn_version(void);
/// Whether the plans that this thread creates from now on use oneDNN: wherever it can, or never. From the start they
/// use it where it pays, or with LEAT_ONEDNN=0 never. Returns whether they did.
bool leat_onednn_enable(bool enabled);
/// For tests of failures: has a function called instead of dnnl_primitive_execute, before any plan runs; returns that,
/// or NULL where there is no oneDNN.
void *leat_onednn_replace_execute(void *function);

typedef enum {
    LEAT_WINOGRAD_NEVER = 0, LEAT_WINOGRAD_WHERE_IT_PAYS, LEAT_WINOGRAD_WHEREVER_IT_CAN
} leat_winograd_use;
/// Which convolutions the plans that this thread creates from now on do by Winograd's minimal filtering: where it pays,
/// from the start, unless LEAT_WINOGRAD=0; returns what it was.
leat_winograd_use leat_winograd_select(leat_winograd_use);

// MARK: - Threads

/// A fork-join pool; its threads sleep between runs, after giving the processor away for 0.1 ms.
typedef struct leat_pool leat_pool;

/// A pool of `threads` threads, the caller of leat_plan_run included; 0 means one for each processor.
leat_pool *leat_pool_create(int threads);
void leat_pool_destroy(leat_pool *pool);
int leat_pool_threads(const leat_pool *pool);

// MARK: - Plans

typedef enum { LEAT_FLOAT32 = 0, LEAT_FLOAT64 = 1 } leat_real;

typedef struct leat_plan leat_plan;

/// What stopped a run. A label that is no class of the output and an index that is no row of a table are the only
/// failures that data can cause; a kernel fails if oneDNN reports that it could not do its part, and what the step
/// should have written is then undefined.
typedef enum {
    LEAT_OK = 0, LEAT_LABEL_OUT_OF_RANGE = 1, LEAT_KERNEL_FAILED = 2, LEAT_INDEX_OUT_OF_RANGE = 3
} leat_status;
typedef struct {
    leat_status status;
    int64_t row;   // the row of the batch, or the place among the indices; −1 if a kernel failed
    double value;  // the label or index found there; if a kernel failed, oneDNN's status (dnnl_status_t)
    int64_t limit; // labels and indices are 0 ..< limit
} leat_result;

/// An empty plan. Steps added later refer to memory that must outlive it. `threads` bounds the threads that run it.
leat_plan *leat_plan_create(leat_real type, int threads);
void leat_plan_destroy(leat_plan *plan);
/// Runs all steps in order on the pool's threads; one thread at a time may run a plan and a pool.
leat_result leat_plan_run(leat_plan *plan, leat_pool *pool);
/// The same, and adds what each step took to nanoseconds[step], one for each of the plan's steps.
leat_result leat_plan_profile(leat_plan *plan, leat_pool *pool, double *nanoseconds);
size_t leat_plan_step_count(const leat_plan *plan);
/// The bytes of scratch memory that the plan itself owns.
size_t leat_plan_scratch_bytes(const leat_plan *plan);

// Each leat_add_… appends a step, or a few. They return false if it can't be made (out of memory, or oneDNN refuses).

// MARK: - Elementwise

typedef enum {
    LEAT_LINEAR = 0, LEAT_RELU, LEAT_SIGMOID, LEAT_TANH
} leat_activation;

typedef enum {
    LEAT_NEGATE = 0, LEAT_EXP, LEAT_LOG, LEAT_SQRT, LEAT_SQUARE, LEAT_ABS, LEAT_SIGN, LEAT_RECIPROCAL, LEAT_ROUND_EVEN
} leat_unary;

typedef enum {
    LEAT_ADD = 0, LEAT_SUBTRACT, LEAT_MULTIPLY, LEAT_DIVIDE, LEAT_MAXIMUM, LEAT_MINIMUM,
    LEAT_EQUAL, LEAT_GREATER, LEAT_GREATER_EQUAL // 1 or 0
} leat_binary;

typedef enum { LEAT_SUM = 0, LEAT_MEAN, LEAT_MAX } leat_reduction;

enum { LEAT_MAX_RANK = 8 };

bool leat_add_copy(leat_plan *, int64_t count, const void *x, void *y);
bool leat_add_fill(leat_plan *, int64_t count, double value, void *y);
bool leat_add_unary(leat_plan *, leat_unary, int64_t count, const void *x, void *y);
/// y = a op b over `dims`; a stride of 0 repeats an operand along an axis; strides are in elements, y is contiguous.
bool leat_add_binary(leat_plan *, leat_binary, int rank, const int64_t *dims, const void *a, const int64_t *a_strides,
                     const void *b, const int64_t *b_strides, void *y);
/// y = x with its axes in the order of the strides given: y[i…] = x[Σ i·stride].
bool leat_add_strided_copy(leat_plan *, int rank, const int64_t *dims, const void *x, const int64_t *x_strides, void *y);
/// Reduces the axes where `reduced[axis]`; y has the kept axes in order. Sums are made in double, in a fixed order.
bool leat_add_reduce(leat_plan *, leat_reduction, int rank, const int64_t *dims, const bool *reduced, const void *x,
                     void *y);
bool leat_add_activation(leat_plan *, leat_activation, int64_t count, const void *x, void *y);
/// dx = dy · act'(x), told from the output y = act(x). dx may be dy. With a mask, y = masked act(x), times `scale`, and
/// dx is the gradient of both.
bool leat_add_activation_gradient(leat_plan *, leat_activation, int64_t count, const void *y, const void *dy,
                                  const uint8_t *mask, double scale, void *dx);
/// Dropout's mask, a bit an element: bit i (bit i mod 8 of byte i/8) is u[i] ≥ rate with u from Philox4x32-10:
/// key = seed, counter words (b low, b high, stream, step) with b = i/64·16 + i mod 16; word i/16 mod 4 shifted right
/// by 8, times 2⁻²⁴. Seed and *step are read when the step runs. `mask` has leat_mask_bytes(count) bytes.
bool leat_add_dropout_mask(leat_plan *, int64_t count, double rate, uint32_t stream, const uint64_t *seed,
                           const uint64_t *step, uint8_t *mask);
/// The bytes of a mask: whole words of 64 bits, and one more, so that kernels may read 32 bits from any of its bits on.
int64_t leat_mask_bytes(int64_t count);
/// y[i] = x[i] · scale where the mask's bit is 1, else 0. The same call with dy for x is the gradient. y may be x.
bool leat_add_masked(leat_plan *, int64_t count, const uint8_t *mask, double scale, const void *x, void *y);

// MARK: - Rows

bool leat_add_softmax(leat_plan *, int64_t rows, int64_t columns, const void *x, void *y);
bool leat_add_softmax_gradient(leat_plan *, int64_t rows, int64_t columns, const void *y, const void *dy, void *dx);
/// The index of the first maximum of each row, as a real number.
bool leat_add_argmax(leat_plan *, int64_t rows, int64_t columns, const void *x, void *y);
/// p = softmax(x); loss[row] = −Σ targets·log p, from the logits x.
bool leat_add_softmax_cross_entropy(leat_plan *, int64_t rows, int64_t columns, const void *x, const void *targets,
                                    void *p, void *loss);
/// dx = dloss[row]·(p·Σ targets − targets).
bool leat_add_softmax_cross_entropy_gradient(leat_plan *, int64_t rows, int64_t columns, const void *p,
                                             const void *targets, const void *dloss, void *dx);
/// The same with one label (a whole number, kept as a real) a row; a label out of range ends the run.
bool leat_add_sparse_cross_entropy(leat_plan *, int64_t rows, int64_t columns, const void *x, const void *labels,
                                   void *p, void *loss);
bool leat_add_sparse_cross_entropy_gradient(leat_plan *, int64_t rows, int64_t columns, const void *p,
                                            const void *labels, const void *dloss, void *dx);
/// p = σ(x); loss[i] = max(x,0) − x·target + log(1 + e^−|x|), elementwise.
bool leat_add_sigmoid_cross_entropy(leat_plan *, int64_t count, const void *x, const void *targets, void *p, void *loss);
/// dx[i] = dloss[i]·(p[i] − target[i]).
bool leat_add_sigmoid_cross_entropy_gradient(leat_plan *, int64_t count, const void *p, const void *targets,
                                             const void *dloss, void *dx);
/// y[row] = x[row][labels[row]]; a label out of range ends the run.
bool leat_add_pick(leat_plan *, int64_t rows, int64_t columns, const void *x, const void *labels, void *y);
/// dx is 0 but for dx[row][labels[row]] = dy[row].
bool leat_add_pick_gradient(leat_plan *, int64_t rows, int64_t columns, const void *labels, const void *dy, void *dx);

// MARK: - Products

/// c = op(a)·op(b), m × n over k, then an epilogue: + bias[n], activation, mask; or the gradient of activation and mask.
typedef struct {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    const void *a, *b;
    void *c;
    const void *bias; // or NULL
    leat_activation activation;
    const void *gradient_output; // or NULL: c is multiplied by the derivative, told from this m × n output
    leat_activation gradient_activation;
    const uint8_t *mask; // or NULL: bit i·n + j tells whether element (i, j) is kept, times mask_scale, or 0
    double mask_scale;
} leat_gemm;
bool leat_add_gemm(leat_plan *, const leat_gemm *);

/// A two-dimensional convolution (cross-correlation, as in Keras).
typedef struct {
    int64_t batch, height, width, channels;
    int64_t out_height, out_width, filters;
    int64_t kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x;
    int64_t pad_top, pad_left; // the padding below and to the right follows from the output's size
} leat_conv;
/// y = act(x ∗ w + bias); bias may be NULL.
bool leat_add_conv(leat_plan *, const leat_conv *, leat_activation, const void *x, const void *w, const void *bias,
                   void *y);
/// With `gradient_output` (x = act(…), the output of the layer before), dx is multiplied by act's derivative.
bool leat_add_conv_data_gradient(leat_plan *, const leat_conv *, const void *dy, const void *w,
                                 leat_activation gradient_activation, const void *gradient_output, void *dx);
/// dw, and db (the sum of dy over all pixels) unless NULL.
bool leat_add_conv_filter_gradient(leat_plan *, const leat_conv *, const void *x, const void *dy, void *dw, void *db);

/// Max pooling; padding never wins. `chosen` keeps the window position (row-major) that won, the first one on ties.
typedef struct {
    int64_t batch, height, width, channels, out_height, out_width;
    int64_t pool_height, pool_width, stride_y, stride_x, pad_top, pad_left;
} leat_pool2d;
bool leat_add_max_pool(leat_plan *, const leat_pool2d *, const void *x, void *y, uint16_t *chosen);
/// Whether a convolution can do the max pooling behind it while its results are in registers.
bool leat_conv_pools(leat_real, const leat_conv *, const leat_pool2d *);
/// The same results as leat_add_conv and then leat_add_max_pool, if leat_conv_pools.
bool leat_add_conv_max_pool(leat_plan *, const leat_conv *, leat_activation, const void *x, const void *w,
                            const void *bias, const leat_pool2d *, void *y, uint16_t *chosen);
/// dx from dy; with `relu_output` (the pool's own output y) dy counts only where y > 0: the fused gradient of relu, then
/// pool.
bool leat_add_max_pool_gradient(leat_plan *, const leat_pool2d *, const void *dy, const uint16_t *chosen,
                                const void *relu_output, void *dx);

// MARK: - Recurrences

/// LSTM over batch × steps × features (Hochreiter and Schmidhuber, 1997; with forget gates, Gers et al., 2000):
/// [i f g o] = x·kernel + h·recurrent + bias with the recurrent activation on i, f and o and the activation on g;
/// c = f·c + i·g; h = o·activation(c). kernel is features × 4·units, recurrent units × 4·units, bias 4·units or NULL.
typedef struct {
    int64_t batch, steps, features, units;
    bool backwards; // the input is read from its last step to its first; outputs come in the order they are made
    bool sequences; // y is batch × steps × units; else the last step's, batch × units
    leat_activation activation, recurrent_activation;
    const void *x, *kernel, *recurrent, *bias;
    const void *initial_state, *initial_cell; // batch × units; NULL: zeros
    void *y;
    void *final_state, *final_cell; // batch × units, or NULL
    // What the gradient needs, all or none NULL, by steps in the order they are made, then by rows: the input, the
    // gates and the cells' activations (of all steps), states and cells (one step more, the initial ones first).
    void *inputs, *gates, *activated, *states, *cells;
} leat_lstm;
bool leat_add_lstm(leat_plan *, const leat_lstm *);

/// Gradients of an LSTM from what it kept; all but dgates may be NULL. Of the arriving gradients dy, dfinal_state and
/// dfinal_cell those that are NULL count as 0.
typedef struct {
    int64_t batch, steps, features, units;
    bool backwards, sequences;
    leat_activation activation, recurrent_activation;
    const void *kernel, *recurrent;
    const void *inputs, *gates, *activated, *states, *cells;
    const void *dy, *dfinal_state, *dfinal_cell;
    void *dgates; // as large as `gates`, and may be that
    void *dx, *dkernel, *drecurrent, *dbias, *dinitial_state, *dinitial_cell;
} leat_lstm_gradient;
bool leat_add_lstm_gradient(leat_plan *, const leat_lstm_gradient *);

// MARK: - Embeddings

/// Whole numbers, kept as reals, as indices; another number ends the run.
bool leat_add_indices(leat_plan *, int64_t count, const void *x, int32_t *indices);
/// y[i] = table[indices[i]], rows of `width`; an index that is not 0 ..< rows ends the run.
bool leat_add_embedding(leat_plan *, int64_t count, int64_t rows, int64_t width, const int32_t *indices,
                        const void *table, void *y);
/// dtable[row] = Σ dy[i] where indices[i] is row, summed in that order, 0 for rows that no index names; the indices are
/// in range.
bool leat_add_embedding_gradient(leat_plan *, int64_t count, int64_t rows, int64_t width, const int32_t *indices,
                                 const void *dy, void *dtable);

// MARK: - Optimizers

typedef enum { LEAT_SGD = 0, LEAT_RMSPROP, LEAT_ADAM, LEAT_ADADELTA } leat_optimizer;

/// How a parameter p changes by its gradient g, with r the rate of the step:
/// - SGD: v = momentum·v − r·g; p += v, or with nesterov p += momentum·v − r·g. No v if momentum is 0.
/// - RMSprop: a = rho·a + (1 − rho)·g²; p −= r·g / √(a + epsilon).
/// - Adam: m, v moving averages of g and g²; p −= r·m / (√v + epsilon), r already corrected for bias. With amsgrad,
///   vmax = max(vmax, v) stands for v.
/// - Adadelta: a = rho·a + (1 − rho)·g²; change = √(d + epsilon)·g / √(a + epsilon); d = rho·d + (1 − rho)·change²;
///   p −= r·change.
typedef struct {
    leat_optimizer optimizer;
    double decay;        // momentum, rho, or beta1 of Adam
    double second_decay; // beta2 of Adam
    double epsilon;
    bool variant; // nesterov or amsgrad
} leat_rule;
/// The numbers that are kept for each parameter, 0 to 3, in the order of the formula: v; a; m, v, vmax; a, d.
int leat_rule_slots(const leat_rule *);
/// One update of flat arrays; *rate is read when the step runs.
bool leat_add_update(leat_plan *, const leat_rule *, int64_t count, const double *rate, const void *g,
                     void *const slots[3], void *p);
/// One update of the m × n parameters p by a gradient that is a product without an epilogue: made in parts that stay in
/// cache, and never written as a whole (c is not used). a and b are neither p nor a slot.
bool leat_add_product_update(leat_plan *, const leat_rule *, const leat_gemm *, const double *rate,
                             void *const slots[3], void *p);

/// A table of which a step names few rows. The others have the gradient 0 and still change, by Adam's momentum for one;
/// they are left alone until they are needed, and what they missed is then done at once, update for update. So numbers
/// are, bit for bit, those of leat_add_update over the whole table, for finite rates and an epsilon above 0. All its
/// steps belong to one thread at a time.
typedef struct leat_table leat_table;
/// A table of rows × width parameters p with gradients g and slots that are all 0; NULL if there is no memory.
leat_table *leat_table_create(leat_real, int64_t rows, int64_t width, const leat_rule *, const double *rate, void *g,
                              void *const slots[3], void *p);
void leat_table_destroy(leat_table *);
/// Brings the rows that are named up to date; an index that is not 0 ..< rows ends the run.
bool leat_add_table_rows(leat_plan *, leat_table *, int64_t count, const int32_t *indices);
/// As leat_add_embedding_gradient, into the table's g, but rows that no index names keep what they hold.
bool leat_add_table_gradient(leat_plan *, leat_table *, int64_t count, const int32_t *indices, const void *dy);
/// Says that every row of g was written.
bool leat_add_table_whole_gradient(leat_plan *, leat_table *);
/// One update of the table by the gradient that was made last.
bool leat_add_table_update(leat_plan *, leat_table *);
/// Brings all rows up to date.
bool leat_add_table_settle(leat_plan *, leat_table *);
/// Whether a row may be behind.
bool leat_table_is_behind(const leat_table *);
/// Copies the gradient that was made last, with 0 for the rows that it did not name.
void leat_table_copy_gradient(const leat_table *, void *y);

// MARK: - What the machine could do

/// The most arithmetic that the pool's threads reach with the instruction set in use, measured for about so long:
/// multiplications and additions in registers, fused where the set has that, in GFLOP/s.
double leat_peak_gflops(leat_real type, leat_pool *pool, double milliseconds);
/// The most that the pool's threads read from an array of so many bytes, in GB/s (10⁹ bytes); 0 if there is no memory.
double leat_peak_bandwidth(leat_pool *pool, size_t bytes, double milliseconds);

// MARK: - At once and not as a step

/// y[i] = low + width · u[i], with u of 53 bits in [0, 1) from the Philox4x32-10 stream: the words x, y of block i/2 for even
/// i, z, w for odd i, the lower word first, shifted right by 11, times 2⁻⁵³. On the pool's
/// threads, or with NULL on this one.
void leat_uniform(leat_real type, leat_pool *pool, uint64_t seed, uint64_t stream, int64_t count, double low,
                  double width, void *y);

typedef enum {
    LEAT_U8 = 0, LEAT_I8, LEAT_U16, LEAT_I16, LEAT_U32, LEAT_I32, LEAT_U64, LEAT_I64, LEAT_F16, LEAT_F32, LEAT_F64
} leat_element;

/// y = x, converted to the plan type `to`.
void leat_convert(leat_element from, leat_real to, int64_t count, const void *x, void *y);
/// Rows of `width` elements, y[i] = x[indices[i]], or x[i] if indices is NULL, converted likewise, denormals to 0; on the
/// pool's threads where that pays.
void leat_convert_rows(leat_pool *pool, leat_element from, leat_real to, int64_t rows, int64_t width,
                       const int64_t *indices, const void *x, void *y);
/// y = x as indices; returns −1, or the first place of a number that is not whole or doesn't fit, where it stops.
int64_t leat_convert_indices(leat_element from, int64_t count, const void *x, int32_t *y);

#ifdef __cplusplus
}
#endif
#endif
