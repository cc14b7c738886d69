// Convolutions of 3 × 3 taps, stride 1, by Winograd's minimal filtering: when that pays, and how they are cut into
// chunks. A block of tiles is transformed, multiplied and transformed back while it is in the second-level cache.
#include "winograd.h"
#include "onednn.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static leat_winograd_use usual;
static _Thread_local int selected = -1; // what this thread chose instead, or -1

static void start(void) {
    const char *wish = getenv("LEAT_WINOGRAD");
    usual = wish != NULL && strcmp(wish, "0") == 0 ? LEAT_WINOGRAD_NEVER : LEAT_WINOGRAD_WHERE_IT_PAYS;
}

static leat_winograd_use use(void) {
    pthread_once(&once, start);
    return selected >= 0 ? (leat_winograd_use)selected : usual;
}

leat_winograd_use leat_winograd_select(leat_winograd_use wish) {
    leat_winograd_use before = use();
    selected = (int)wish;
    return before;
}

enum {
    POINTS = 36, TILE = 4, ROW_UNIT = 12, FEW_TILES = 36, MOST_TILES = 48, FEWEST_CHUNKS = 8, MOST_SLICES = 8,
    CACHE_BYTES = 1200 << 10, BLOCK_SUM_BYTES = 640 << 10, MOST_SHARED_BYTES = 24 << 20
};

static bool fits(const leat_conv *g) {
    return use() != LEAT_WINOGRAD_NEVER && g->kernel_height == 3 && g->kernel_width == 3 && g->stride_y == 1 &&
           g->stride_x == 1 && g->dilation_y == 1 && g->dilation_x == 1 && g->batch > 0 && g->channels > 0 &&
           g->filters > 0 && g->height > 0 && g->width > 0 && g->out_height > 0 && g->out_width > 0;
}

/// What the products and the transforms of all tiles take, in cycles of a core with two FMA units, as measured: 88 % of
/// the peak, and so many cycles for each vector of channels or filters of a tile.
static double cycles_of(const leat_winograd_args *s, double input_passes, double output_passes, int64_t lanes) {
    double channels = (double)leat_ceil_div(s->depth, lanes), filters = (double)leat_ceil_div(s->columns, lanes);
    double products = POINTS * (double)s->depth * filters / 2 / 0.88;
    return (double)s->tiles * (products + 260 * channels * input_passes + 230 * filters * output_passes);
}

/// Whether this beats the direct form, which reaches 80 % of the peak, by enough to be worth its rounding.
static bool pays(const leat_winograd_args *s, const leat_conv *g, double cycles, int64_t lanes) {
    if (use() == LEAT_WINOGRAD_WHEREVER_IT_CAN) return true;
    double pixels = (double)(g->batch * g->out_height * g->out_width);
    double direct = 9 * pixels * (double)s->depth * (double)s->columns / (double)(2 * lanes) / 0.8;
    const double beginnings = 20000; // of phases
    return cycles + beginnings < 0.85 * direct;
}

/// The block of tiles whose transforms fit the cache beside the filters, but not so few that the filters, read once for
/// each block, cost more than the products; at least FEWEST_CHUNKS of them.
static int64_t block_of(int64_t tiles, size_t tile_bytes, size_t filter_bytes) {
    int64_t fit = (CACHE_BYTES - leat_min((int64_t)filter_bytes, CACHE_BYTES)) / (int64_t)tile_bytes;
    int64_t block = leat_min(leat_max(FEW_TILES, leat_min(fit, MOST_TILES)), leat_ceil_div(tiles, FEWEST_CHUNKS));
    block = leat_max(block / ROW_UNIT, leat_ceil_div(tiles, LEAT_MAX_CHUNKS * ROW_UNIT)) * ROW_UNIT;
    return leat_max(ROW_UNIT, block);
}

/// The convolution's sizes and its tiles.
static leat_winograd_args shape_of(const leat_conv *g) {
    leat_winograd_args s = {
        .batch = g->batch, .height = g->height, .width = g->width, .depth = g->channels, .out_height = g->out_height,
        .out_width = g->out_width, .columns = g->filters, .pad_top = g->pad_top, .pad_left = g->pad_left,
        .tiles_y = leat_ceil_div(g->out_height, TILE), .tiles_x = leat_ceil_div(g->out_width, TILE)};
    s.tiles = s.batch * s.tiles_y * s.tiles_x;
    return s;
}

/// Whether a convolution shall be done this way.
static bool chooses(const leat_winograd_args *s, const leat_conv *g, int64_t lanes) {
    int64_t columns = leat_ceil_div(s->columns, lanes) * lanes;
    if (s->depth > MOST_SHARED_BYTES / POINTS / 4 / columns) return false; // too many to keep transformed
    double filters = 250 * (double)(s->depth * columns / lanes);
    return pays(s, g, filters + cycles_of(s, 1, 1, lanes), lanes);
}

/// A convolution of x with the filters, or of dy with the turned filters.
static bool add(leat_plan *plan, const leat_conv *g, leat_winograd_args wish) {
    const leat_kernels *kernels = leat_plan_kernels(plan);
    const int64_t lanes = kernels->lanes;
    size_t element = leat_plan_element(plan);
    if (!chooses(&wish, g, lanes)) return false;
    wish.v_row = leat_ceil_div(wish.depth, lanes) * lanes;
    wish.m_row = leat_ceil_div(wish.columns, lanes) * lanes;
    size_t filter_bytes = (size_t)(POINTS * wish.depth * wish.m_row) * element;
    leat_winograd_args *s = leat_plan_keep(plan, sizeof *s, NULL);
    if (s == NULL) return false;
    *s = wish;
    s->block = block_of(s->tiles, (size_t)(POINTS * (s->v_row + s->m_row)) * element, filter_bytes);
    // One vector more between points keeps them out of the same sets of the first-level cache.
    s->v_point = s->block * s->v_row + lanes;
    s->m_point = s->block * s->m_row + lanes;
    s->m_offset = leat_align((size_t)(POINTS * s->v_point) * element);
    s->zeros_offset = s->m_offset + leat_align((size_t)(POINTS * s->m_point) * element);
    size_t local = s->zeros_offset + (size_t)s->v_row * element;
    s->blocks = leat_max(1, leat_min(8, leat_ceil_div(s->tiles, s->block) / 64));
    double products = 2.0 * POINTS * (double)s->tiles * (double)s->depth * (double)s->columns / 80;
    bool fine = leat_plan_scratch(plan, filter_bytes, local) &&
                leat_plan_phase(plan, kernels->winograd_filters, s, leat_ceil_div(s->depth, lanes),
                                (double)(s->depth * s->columns)) &&
                leat_plan_phase(plan, kernels->winograd, s, leat_ceil_div(s->tiles, s->block * s->blocks),
                                products);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

bool leat_winograd_pools(leat_real type, const leat_conv *g, const leat_pool2d *pool) {
    if (!fits(g) || pool->pool_height != 2 || pool->pool_width != 2 || pool->stride_y != 2 || pool->stride_x != 2 ||
        pool->pad_top != 0 || pool->pad_left != 0 || pool->batch != g->batch || pool->height != g->out_height ||
        pool->width != g->out_width || pool->channels != g->filters || pool->out_height != g->out_height / 2 ||
        pool->out_width != g->out_width / 2)
        return false;
    leat_winograd_args s = shape_of(g);
    return chooses(&s, g, leat_kernels_for(type)->lanes);
}

bool leat_winograd_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x,
                            const void *w, const void *bias, void *y) {
    return leat_winograd_add_conv_max_pool(plan, g, activation, x, w, bias, y, NULL);
}

bool leat_winograd_add_conv_max_pool(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x,
                                     const void *w, const void *bias, void *y, uint16_t *chosen) {
    if (!fits(g)) return false;
    leat_winograd_args s = shape_of(g);
    s.x = x;
    s.w = w;
    s.bias = bias;
    s.y = y;
    s.chosen = chosen;
    s.activation = activation;
    return add(plan, g, s);
}

bool leat_winograd_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                                          leat_activation activation, const void *gradient_output, void *dx) {
    if (!fits(g)) return false;
    leat_conv back = *g;
    back.height = g->out_height, back.width = g->out_width, back.channels = g->filters;
    back.out_height = g->height, back.out_width = g->width, back.filters = g->channels;
    back.pad_top = 2 - g->pad_top, back.pad_left = 2 - g->pad_left;
    leat_winograd_args s = shape_of(&back);
    s.rotated = true;
    s.x = dy;
    s.w = w;
    s.y = dx;
    s.gradient_output = gradient_output;
    s.gradient_activation = activation;
    return add(plan, g, s);
}

/// Cuts the channels and filters into blocks whose sums fit the cache, and the tiles into slices: at least
/// FEWEST_CHUNKS chunks, as cheaply as possible. Returns a guess of the cycles.
static double cut(leat_winograd_filter_args *s, int64_t lanes, size_t element) {
    const int64_t depth = s->tiles.depth, columns = s->tiles.columns;
    double least = INFINITY;
    leat_winograd_filter_args trial = *s;
    for (trial.channel_block = depth;; trial.channel_block = leat_ceil_div(trial.channel_block, 2 * lanes) * lanes) {
        for (trial.filter_block = columns;; trial.filter_block = leat_ceil_div(trial.filter_block, 2 * lanes) * lanes) {
            trial.channel_blocks = leat_ceil_div(depth, trial.channel_block);
            trial.filter_blocks = leat_ceil_div(columns, trial.filter_block);
            trial.part = POINTS * trial.channel_block * leat_ceil_div(trial.filter_block, lanes) * lanes;
            int64_t chunks = trial.channel_blocks * trial.filter_blocks;
            int64_t bytes = trial.part * (int64_t)element;
            for (trial.slices = 1; bytes <= BLOCK_SUM_BYTES && trial.slices <= MOST_SLICES; trial.slices++) {
                if (trial.slices > 1 && trial.slices * chunks * bytes > MOST_SHARED_BYTES) break;
                if (chunks * trial.slices < FEWEST_CHUNKS && trial.slices < MOST_SLICES) continue;
                double sums = (double)(trial.slices * chunks * trial.part) * (double)element / 2;
                double cycles = sums + cycles_of(&s->tiles, (double)trial.filter_blocks,
                                                 (double)trial.channel_blocks, lanes);
                if (cycles < least) {
                    least = cycles;
                    *s = trial;
                }
            }
            if (trial.filter_block <= lanes) break;
        }
        if (trial.channel_block <= lanes) break;
    }
    return least;
}

bool leat_winograd_add_conv_filter_gradient(leat_plan *plan, const leat_conv *g, const void *x, const void *dy,
                                            void *dw, void *db) {
    if (!fits(g)) return false;
    const leat_kernels *kernels = leat_plan_kernels(plan);
    const int64_t lanes = kernels->lanes;
    size_t element = leat_plan_element(plan);
    leat_winograd_filter_args wish = {.tiles = shape_of(g), .dy = dy, .dw = dw, .db = db};
    if (g->channels > MOST_SHARED_BYTES / POINTS / 4 / g->filters) return false; // too many sums
    double cycles = cut(&wish, lanes, element);
    if (cycles == INFINITY || !pays(&wish.tiles, g, cycles, lanes)) return false;
    leat_winograd_filter_args *s = leat_plan_keep(plan, sizeof *s, NULL);
    if (s == NULL) return false;
    *s = wish;
    leat_winograd_args *t = &s->tiles;
    t->x = x;
    s->slice_tiles = leat_ceil_div(t->tiles, s->slices);
    s->slices = leat_ceil_div(t->tiles, s->slice_tiles);
    t->v_row = leat_ceil_div(s->channel_block, lanes) * lanes;
    t->m_row = leat_ceil_div(s->filter_block, lanes) * lanes;
    size_t tile_bytes = (size_t)(POINTS * (t->v_row + t->m_row)) * element;
    int64_t fit = leat_max(8, leat_min(MOST_TILES, (CACHE_BYTES - s->part * (int64_t)element) / (int64_t)tile_bytes));
    t->block = leat_ceil_div(s->slice_tiles, leat_ceil_div(s->slice_tiles, fit));
    t->v_point = t->block * t->v_row + lanes;
    t->m_point = t->block * t->m_row + lanes;
    t->m_offset = leat_align((size_t)(POINTS * t->v_point) * element);
    t->zeros_offset = t->m_offset + leat_align((size_t)(POINTS * t->m_point) * element);
    size_t local = t->zeros_offset + (size_t)leat_max(t->depth, t->columns) * element;
    int64_t blocks = s->channel_blocks * s->filter_blocks, bias_row = s->filter_blocks * t->m_row;
    s->bias_offset = leat_align((size_t)(s->slices * blocks * s->part) * element);
    size_t shared = s->bias_offset + (size_t)(s->slices * bias_row) * sizeof(double);
    leat_sum_parts_args biases = {.count = g->filters, .parts = s->slices, .stride = bias_row,
                                  .offset = s->bias_offset, .wide = true, .y = db};
    double products = 2.0 * POINTS * (double)t->tiles * (double)t->depth * (double)t->columns / 80;
    bool fine = leat_plan_scratch(plan, shared, local) &&
                leat_plan_phase(plan, kernels->winograd_filter_gradient, s, s->slices * blocks, products) &&
                leat_plan_phase(plan, kernels->winograd_filter_finish, s, t->depth,
                                (double)(t->depth * t->columns * s->slices)) &&
                (db == NULL || leat_add_sum_parts(plan, biases));
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}
