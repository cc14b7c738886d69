// Convolutions of 3 × 3 taps, stride 1, by Winograd's minimal filtering: when that pays, and how they are cut into
// chunks. A block of tiles is transformed, multiplied and transformed back while it is in the second-level cache.
#include "winograd.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool allowed;
static _Thread_local int enabled = -1; // what this thread chose instead, or -1

static void start(void) {
    const char *wish = getenv("LEAT_WINOGRAD");
    allowed = wish == NULL || strcmp(wish, "0") != 0;
}

static bool may_run(void) {
    pthread_once(&once, start);
    return enabled >= 0 ? enabled : allowed;
}

bool leat_winograd_enable(bool wish) {
    bool before = may_run();
    enabled = wish;
    return before;
}

enum { POINTS = 36, TILE = 4, ROW_UNIT = 24, CACHE_BYTES = 1600 << 10, MOST_TILES = 96, FEWEST_CHUNKS = 8 };

static bool fits(const leat_conv *g) {
    return g->kernel_height == 3 && g->kernel_width == 3 && g->stride_y == 1 && g->stride_x == 1 &&
           g->dilation_y == 1 && g->dilation_x == 1 && g->batch > 0 && g->out_height > 0 && g->out_width > 0;
}

static bool worthwhile(const leat_conv *g) {
    return may_run() && fits(g) && g->channels >= 16 && g->filters >= 16 && g->out_height >= 4 && g->out_width >= 4;
}

/// The block of tiles whose transforms fit the cache beside the filters, at least FEWEST_CHUNKS of them.
static int64_t block_of(int64_t tiles, size_t tile_bytes, size_t filter_bytes) {
    int64_t room = CACHE_BYTES - (int64_t)leat_min((int64_t)filter_bytes, CACHE_BYTES / 2);
    int64_t block = leat_min(leat_min(MOST_TILES, room / (int64_t)tile_bytes), leat_ceil_div(tiles, FEWEST_CHUNKS));
    return leat_max(1, leat_ceil_div(leat_max(block, tiles / LEAT_MAX_CHUNKS + 1), ROW_UNIT)) * ROW_UNIT;
}

/// A convolution of x with the filters, or of dy with the turned filters.
static bool add(leat_plan *plan, leat_winograd_args wish) {
    const leat_kernels *kernels = leat_plan_kernels(plan);
    leat_winograd_args *s = leat_plan_keep(plan, sizeof *s, NULL);
    if (s == NULL) return false;
    *s = wish;
    const int64_t lanes = kernels->lanes;
    size_t element = leat_plan_element(plan);
    s->tiles_y = leat_ceil_div(s->out_height, TILE);
    s->tiles_x = leat_ceil_div(s->out_width, TILE);
    s->tiles = s->batch * s->tiles_y * s->tiles_x;
    s->v_row = leat_ceil_div(s->depth, lanes) * lanes;
    s->m_row = leat_ceil_div(s->columns, lanes) * lanes;
    size_t filter_bytes = (size_t)(POINTS * s->depth * s->m_row) * element;
    s->block = block_of(s->tiles, (size_t)(POINTS * (s->v_row + s->m_row)) * element, filter_bytes);
    // One vector more between points keeps them out of the same sets of the first-level cache.
    s->v_point = s->block * s->v_row + lanes;
    s->m_point = s->block * s->m_row + lanes;
    s->m_offset = leat_align((size_t)(POINTS * s->v_point) * element);
    s->patch_offset = s->m_offset + leat_align((size_t)(POINTS * s->m_point) * element);
    size_t local = s->patch_offset + (size_t)(POINTS * s->v_row) * element;
    double products = 2.0 * POINTS * (double)s->tiles * (double)s->depth * (double)s->columns / 80;
    bool fine = leat_plan_scratch(plan, filter_bytes, local) &&
                leat_plan_phase(plan, kernels->winograd_filters, s, leat_ceil_div(s->depth, lanes),
                                (double)(s->depth * s->columns)) &&
                leat_plan_phase(plan, kernels->winograd, s, leat_ceil_div(s->tiles, s->block), products);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

bool leat_winograd_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x,
                            const void *w, const void *bias, void *y) {
    if (!worthwhile(g)) return false;
    return add(plan, (leat_winograd_args){
        .batch = g->batch, .height = g->height, .width = g->width, .depth = g->channels, .out_height = g->out_height,
        .out_width = g->out_width, .columns = g->filters, .pad_top = g->pad_top, .pad_left = g->pad_left, .x = x,
        .w = w, .bias = bias, .y = y, .activation = activation});
}

bool leat_winograd_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w, void *dx,
                                          leat_activation activation, const void *gradient_output) {
    if (!worthwhile(g)) return false;
    return add(plan, (leat_winograd_args){
        .batch = g->batch, .height = g->out_height, .width = g->out_width, .depth = g->filters,
        .out_height = g->height, .out_width = g->width, .columns = g->channels, .pad_top = 2 - g->pad_top,
        .pad_left = 2 - g->pad_left, .rotated = true, .x = dy, .w = w, .y = dx, .gradient_output = gradient_output,
        .gradient_activation = activation});
}

bool leat_winograd_add_conv_filter_gradient(leat_plan *plan, const leat_conv *g, const void *x, const void *dy,
                                            void *dw, void *db) {
    (void)plan, (void)g, (void)x, (void)dy, (void)dw, (void)db;
    return false;
}
