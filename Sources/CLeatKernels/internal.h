// What the files of the kernel core share: steps, tasks, the table of kernels.
#ifndef LEAT_INTERNAL_H
#define LEAT_INTERNAL_H

#include "CLeatKernels.h"

// MARK: - Threads

/// Sets the floating-point unit to flush denormals; returns what leat_denormals_restore takes.
uint64_t leat_denormals_flush(void);
void leat_denormals_restore(uint64_t state);

/// A job's chunks are handed out one by one; `worker` is 0 for the caller.
typedef void (*leat_job)(void *context, int64_t chunk, int worker);
enum { LEAT_MAX_CHUNKS = 1 << 16, LEAT_MAX_THREADS = 128 };
/// Runs chunks 0 ..< chunks on at most `threads` of the pool's threads and returns when all are done.
void leat_pool_run(leat_pool *pool, int threads, int64_t chunks, leat_job job, void *context);
int leat_processor_count(void);

// MARK: - Plans

/// What a body gets: which chunk it does, and its scratch memory.
typedef struct {
    int64_t chunk;
    int worker;
    char *shared; // the same for all threads
    char *local;  // this thread's own
    leat_plan *plan;
} leat_task;

typedef void (*leat_body)(const void *args, const leat_task *task);
typedef struct leat_kernels leat_kernels;

/// The size of a plan's elements, its kernels, its bound on threads.
size_t leat_plan_element(const leat_plan *plan);
leat_real leat_plan_type(const leat_plan *plan);
const leat_kernels *leat_plan_kernels(const leat_plan *plan);
/// Zeroed memory that lives as long as the plan; `destroy` (or NULL) is called on it before it goes.
void *leat_plan_keep(leat_plan *plan, size_t bytes, void (*destroy)(void *));
/// Makes sure that tasks see this much scratch memory, aligned to 64 bytes.
bool leat_plan_scratch(leat_plan *plan, size_t shared, size_t local);
/// Appends one parallel loop; below about 10 µs of estimated work it stays on the calling thread.
bool leat_plan_phase(leat_plan *plan, leat_body body, const void *args, int64_t chunks, double nanoseconds);
/// Counts one step whose phases have all been appended.
bool leat_plan_step_done(leat_plan *plan);
/// Takes back the phases appended since the last whole step; returns false.
bool leat_plan_abandon(leat_plan *plan);
/// Records a label out of range; the lowest row is kept, and the run ends after this phase.
void leat_plan_fail(leat_plan *plan, int64_t row, double value, int64_t limit);
/// Records an index that is no whole number or out of range, likewise.
void leat_plan_fail_index(leat_plan *plan, int64_t place, double value, int64_t limit);
/// Records that oneDNN refused to run, with its status; the run ends after this phase.
void leat_plan_fail_kernel(leat_plan *plan, int status);

/// The longest sum of products that own kernels make in one go, a share of k.
int64_t leat_gemm_depth(int64_t k);
/// Products that don't depend on each other: one parallel loop where that can be.
bool leat_add_gemms(leat_plan *plan, int count, const leat_gemm *gemms);

typedef struct { int64_t begin, end; } leat_range;
static inline leat_range leat_chunk_range(int64_t chunk, int64_t count, int64_t grain) {
    int64_t begin = chunk * grain, end = begin + grain;
    return (leat_range){begin, end < count ? end : count};
}
static inline int64_t leat_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t leat_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t leat_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline size_t leat_align(size_t bytes) { return (bytes + 63) & ~(size_t)63; }
/// The grain that cuts `count` items into chunks of about `wish`, a multiple of `unit`, at most 1024 chunks.
int64_t leat_grain(int64_t count, int64_t wish, int64_t unit);

// MARK: - Arguments of the bodies

typedef struct {
    int64_t count, grain;
    int operation;
    bool flag;
    uint32_t stream;
    const void *in[3];
    void *out[4];
    double constant[3];
    const uint64_t *seed, *step;
} leat_map_args;

/// Flat arrays that an optimizer changes.
typedef struct {
    leat_rule rule;
    const void *g;
    void *slots[3], *p;
} leat_update_arrays;

typedef struct {
    leat_update_arrays arrays;
    int64_t count, grain;
    const double *rate;
} leat_update_args;

/// Rows of up to so many columns are worked on a block at a time (narrow_rows.inc).
enum { LEAT_NARROW_COLUMNS = 32 };

typedef struct {
    int64_t rows, columns, grain;
    const void *in[3];
    void *out[2];
} leat_rows_args;

typedef struct {
    int64_t count, grain;
    int rank, operation;
    int64_t dims[LEAT_MAX_RANK], a_strides[LEAT_MAX_RANK], b_strides[LEAT_MAX_RANK];
    const void *a, *b;
    void *y;
} leat_walk_args;

/// How many independent sums the loop of peak_arithmetic has: enough for two units with a latency of 4 to 6.
enum { LEAT_PEAK_CHAINS = 12 };

/// A reduction as kept axes × reduced axes, the innermost (stride 1) apart: `run` elements, reduced or kept.
typedef struct {
    leat_reduction kind;
    bool run_reduced;
    int kept_rank, reduced_rank;
    int64_t kept_dims[LEAT_MAX_RANK], kept_strides[LEAT_MAX_RANK];
    int64_t reduced_dims[LEAT_MAX_RANK], reduced_strides[LEAT_MAX_RANK];
    int64_t run, kept, reduced;      // products, without the run
    int64_t block;                   // outputs (or columns of a run) a chunk
    int64_t splits, units;           // the reduced range is cut into `splits` parts of `units`
    int64_t outputs, terms;
    const void *x;
    void *y;
} leat_reduce_args;

enum { LEAT_REDUCE_PIECE = 4096, LEAT_REDUCE_COLUMNS = 256 };

typedef struct {
    leat_gemm g;
    int64_t mc, nc, kc, m_chunks, n_chunks;
    bool pack;
    void *part; // or NULL: where a chunk goes instead of to its place in c, as a matrix of its own; no epilogue then
} leat_gemm_args;

/// The data gradient of a convolution with strides, or padding beyond the window's reach.
typedef struct {
    leat_conv g;
    leat_activation activation; // dx is multiplied by its derivative, told from gradient_output
    const void *dy, *w, *gradient_output;
    void *dx;
    int64_t images_per_chunk, block, kc; // block: pixels
    size_t rows_offset; // of the block's rows of taps in local scratch, after the packed panel
} leat_conv_args;

/// A direct convolution; of a data gradient, that of dy with the turned filters.
typedef struct {
    leat_conv g;
    bool turned, padded, sums_bias;
    int64_t rows_per_chunk, block_rows; // output rows
    int64_t block_images;               // a block may have whole images of up to block_rows rows (filter gradient)
    int64_t line;                       // elements of an image's row, or of a copy of what a window's rows reach
    const void *x, *w, *bias, *dy;
    void *y;
    leat_activation activation, gradient_activation;
    const void *gradient_output;
    size_t strip_offset; // of packed columns of dy in local scratch, after the copied rows
    size_t bias_offset;  // of the partial bias gradients in shared scratch
} leat_direct_args;

/// A convolution by Winograd's filtering, seen from its products: tiles × depth times depth × columns at each point.
typedef struct {
    int64_t batch, height, width, depth, out_height, out_width, columns, pad_top, pad_left;
    int64_t tiles_y, tiles_x, tiles, block; // tiles of 4 × 4 outputs: of an image, in all, a block
    int64_t blocks;                         // a chunk
    int64_t v_row, v_point, m_row, m_point; // steps from tile to tile and from point to point, in elements
    size_t m_offset, zeros_offset;          // in local scratch, after the transformed inputs
    bool rotated;                           // w is [3][3][columns][depth], to be turned by 180°
    const void *x, *w, *bias;
    void *y;
    uint16_t *chosen; // or NULL; else y is the maximum of each 2 × 2 pixels, and this says which they were
    leat_activation activation, gradient_activation;
    const void *gradient_output;
} leat_winograd_args;

/// The gradient of the filters: depth × tiles times tiles × columns at each point, in blocks of channels and filters.
typedef struct {
    leat_winograd_args tiles;                           // with x; tiles.block: tiles of a block, tiles.m_…: of dy
    int64_t slices, slice_tiles;                        // partial sums, each over so many tiles
    int64_t channel_block, filter_block;                // of a chunk
    int64_t channel_blocks, filter_blocks;
    int64_t part;                                       // elements of a chunk's sums, in shared scratch
    size_t bias_offset;                                 // of the partial bias gradients there
    const void *dy;
    void *dw, *db;
} leat_winograd_filter_args;

typedef struct {
    leat_pool2d g;
    int64_t grain; // output rows a chunk (forward), images a chunk (gradient)
    const void *x, *dy, *relu_output;
    void *y;
    uint16_t *chosen;
    const uint16_t *chosen_in;
} leat_pool_args;

/// Sums `parts` arrays of `count` that stand `stride` apart in shared scratch into y, in order.
typedef struct {
    int64_t count, grain, parts, stride;
    size_t offset;
    bool wide; // the parts are double, whatever the plan's type
    void *y;   // NULL: into the first part
} leat_sum_parts_args;

typedef struct {
    leat_lstm l;
    int64_t grain;    // rows of the batch a chunk
    int64_t inputs;   // the input's features, if its product is made step by step; else 0
    const void *sums; // the input's product and the bias, if made before
} leat_lstm_args;

typedef struct {
    leat_lstm_gradient l;
    int64_t grain, inputs;
    size_t sums_offset; // of each chunk's bias gradient in shared scratch
} leat_lstm_gradient_args;

typedef struct { int32_t index, place; } leat_place;

typedef struct {
    int64_t count, grain, rows, width;
    const int32_t *indices;
    const void *x;
    void *y;
    leat_place *sorted, *spare;
} leat_embedding_args;

/// Sorts places by their index, those of one index in their order; the result is in `sorted`.
void leat_sort_places(int64_t count, int64_t rows, const int32_t *indices, leat_place *sorted, leat_place *spare);

/// After so many updates all rows are brought up to date, and the rates that are remembered begin anew.
enum { LEAT_TABLE_HISTORY = 4096 };

struct leat_table {
    const leat_kernels *kernels;
    size_t element;
    int64_t rows, width;
    leat_update_arrays arrays;
    const double *rate;
    double rates[LEAT_TABLE_HISTORY]; // of the updates made
    int64_t made;
    uint32_t *seen;             // of each row: 1 + how many of these it has seen, or 0 if it never had a gradient
    leat_place *sorted, *spare; // the places of the last gradient
    int64_t capacity, places;
    bool is_whole; // every row has a gradient
};

typedef struct {
    leat_table *table;
    int64_t count, grain; // of places, or of rows
    const int32_t *indices;
    const void *dy;
    leat_place *sorted, *spare; // of a lookup
    bool always;
} leat_table_args;

// MARK: - The table of kernels, one for each element type and instruction set

#define LEAT_BODIES(X)                                                                                                 \
    X(copy) X(fill) X(unary) X(activation) X(activation_gradient) X(dropout_mask) X(masked) X(binary)                  \
    X(strided_copy) X(reduce) X(reduce_finish) X(softmax) X(softmax_gradient) X(argmax) X(softmax_cross_entropy)     \
    X(softmax_cross_entropy_gradient) X(sparse_cross_entropy) X(sparse_cross_entropy_gradient)                         \
    X(sigmoid_cross_entropy) X(sigmoid_cross_entropy_gradient) X(pick) X(pick_gradient) X(gemm)                        \
    X(conv_data_gradient) X(direct_filters) X(direct) X(direct_filter_gradient) X(winograd_filters) X(winograd)        \
    X(winograd_filter_gradient) X(winograd_filter_finish) X(sum_parts) X(max_pool) X(max_pool_gradient)                \
    X(update) X(table_rows) X(table_gradient) X(table_update_named) X(table_update_whole) X(table_settle) X(lstm_pack) \
    X(lstm) X(lstm_gradient_pack) X(lstm_gradient) X(indices) X(embedding) X(embedding_gradient) X(peak_arithmetic)    \
    X(peak_read)

struct leat_kernels {
#define LEAT_MEMBER(name) leat_body name;
    LEAT_BODIES(LEAT_MEMBER)
#undef LEAT_MEMBER
    int64_t lanes;         // elements of a vector
    int64_t panel;         // columns of a packed panel of the right operand
    void (*activate)(leat_activation, int64_t count, void *y);
    /// Multiplies dx by act', told from the output y.
    void (*activate_gradient)(leat_activation, int64_t count, const void *y, void *dx);
    /// The epilogue of a product over a part of c, where the sums stand.
    void (*finish_product)(const leat_gemm *, int64_t i0, int64_t rows, int64_t j0, int64_t columns);
    /// One update of the elements begin ..< end.
    void (*update_range)(const leat_update_arrays *, int64_t begin, int64_t end, double rate);
    void (*convert)(leat_element from, int64_t count, const void *x, void *y);
    void (*uniform)(uint64_t seed, uint64_t stream, int64_t first, int64_t count, double low, double width, void *y);
};

/// The kernels of the instruction set in use.
const leat_kernels *leat_kernels_for(leat_real type);

#endif
