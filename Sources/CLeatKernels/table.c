// Tables of which a step names few rows: those are updated, the others when they are next needed.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

leat_table *leat_table_create(leat_real type, int64_t rows, int64_t width, const leat_rule *rule, const double *rate,
                              void *g, void *const slots[3], void *p) {
    if (rows <= 0 || width <= 0 || rows > INT32_MAX) return NULL;
    leat_table *table = calloc(1, sizeof *table);
    uint32_t *seen = calloc((size_t)rows, sizeof *seen);
    if (table == NULL || seen == NULL) {
        free(table);
        free(seen);
        return NULL;
    }
    table->kernels = leat_kernels_for(type);
    table->element = type == LEAT_FLOAT32 ? sizeof(float) : sizeof(double);
    table->rows = rows;
    table->width = width;
    table->arrays = (leat_update_arrays){.rule = *rule, .g = g, .slots = {slots[0], slots[1], slots[2]}, .p = p};
    table->rate = rate;
    table->seen = seen;
    return table;
}

void leat_table_destroy(leat_table *table) {
    if (table == NULL) return;
    free(table->seen);
    free(table->sorted);
    free(table->spare);
    free(table);
}

bool leat_table_is_behind(const leat_table *table) { return table->made > 0; }

void leat_table_copy_gradient(const leat_table *table, void *y) {
    size_t row = (size_t)table->width * table->element;
    const char *g = table->arrays.g;
    if (table->is_whole) {
        memcpy(y, g, (size_t)table->rows * row);
        return;
    }
    memset(y, 0, (size_t)table->rows * row);
    for (int64_t i = 0; i < table->places; i++) {
        size_t at = (size_t)table->sorted[i].index * row;
        memcpy((char *)y + at, g + at, row);
    }
}

/// A phase over the rows, or `count` places, of the table, in chunks of about `wish` of them.
static bool add_phase(leat_plan *plan, leat_body body, leat_table_args wish, int64_t count, int64_t grain,
                      double nanoseconds) {
    leat_table_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = wish;
    args->grain = leat_grain(count, grain, 1);
    return leat_plan_phase(plan, body, args, leat_ceil_div(count, args->grain), nanoseconds);
}

static bool finish(leat_plan *plan, bool fine) {
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

/// What an update of so many rows takes.
static double update_time(const leat_table *table, int64_t rows) { return 0.8 * (double)rows * (double)table->width; }

/// Makes room for so many places.
static bool reserve(leat_table *table, int64_t count) {
    if (count <= table->capacity) return true;
    size_t bytes = (size_t)count * sizeof(leat_place);
    leat_place *sorted = realloc(table->sorted, bytes);
    if (sorted == NULL) return false;
    table->sorted = sorted;
    leat_place *spare = realloc(table->spare, bytes);
    if (spare == NULL) return false;
    table->spare = spare;
    table->capacity = count;
    return true;
}

/// Whether all indices are rows; if one is not, the run ends after this phase.
static bool are_rows(const leat_table_args *s, leat_plan *plan) {
    bool fine = true;
    for (int64_t i = 0; i < s->count; i++) {
        int32_t index = s->indices[i];
        if (index >= 0 && index < s->table->rows) continue;
        leat_plan_fail_index(plan, i, (double)index, s->table->rows);
        fine = false;
    }
    return fine;
}

static void sort_lookup(const void *arguments, const leat_task *task) {
    const leat_table_args *s = arguments;
    if (are_rows(s, task->plan)) leat_sort_places(s->count, s->table->rows, s->indices, s->sorted, s->spare);
}

static void sort_gradient(const void *arguments, const leat_task *task) {
    const leat_table_args *s = arguments;
    leat_table *table = s->table;
    table->places = 0;
    table->is_whole = false;
    if (!are_rows(s, task->plan)) return;
    leat_sort_places(s->count, table->rows, s->indices, table->sorted, table->spare);
    table->places = s->count;
}

bool leat_add_table_rows(leat_plan *plan, leat_table *table, int64_t count, const int32_t *indices) {
    if (count > INT32_MAX) return false;
    leat_table_args args = {.table = table, .count = count, .indices = indices};
    args.sorted = leat_plan_keep(plan, (size_t)count * sizeof(leat_place), NULL);
    args.spare = leat_plan_keep(plan, (size_t)count * sizeof(leat_place), NULL);
    if (args.sorted == NULL || args.spare == NULL) return false;
    int64_t wish = leat_max(1, 4096 / table->width);
    return finish(plan, add_phase(plan, sort_lookup, args, 1, 1, 10.0 * (double)count) &&
                            add_phase(plan, table->kernels->table_rows, args, count, wish, update_time(table, count)));
}

bool leat_add_table_gradient(leat_plan *plan, leat_table *table, int64_t count, const int32_t *indices,
                             const void *dy) {
    if (count > INT32_MAX || !reserve(table, count)) return false;
    leat_table_args args = {.table = table, .count = count, .indices = indices, .dy = dy};
    int64_t wish = leat_max(1, 16384 / table->width);
    double time = 0.3 * (double)count * (double)table->width;
    return finish(plan, add_phase(plan, sort_gradient, args, 1, 1, 10.0 * (double)count) &&
                            add_phase(plan, table->kernels->table_gradient, args, count, wish, time));
}

static void note_whole(const void *arguments, const leat_task *task) {
    const leat_table_args *s = arguments;
    (void)task;
    s->table->is_whole = true;
}

bool leat_add_table_whole_gradient(leat_plan *plan, leat_table *table) {
    return finish(plan, add_phase(plan, note_whole, (leat_table_args){.table = table}, 1, 1, 0));
}

static void note_rate(const void *arguments, const leat_task *task) {
    const leat_table_args *s = arguments;
    (void)task;
    s->table->rates[s->table->made] = *s->table->rate;
}

static void count_update(const void *arguments, const leat_task *task) {
    const leat_table_args *s = arguments;
    (void)task;
    s->table->made++;
}

static void begin_history(const void *arguments, const leat_task *task) {
    const leat_table_args *s = arguments;
    (void)task;
    if (s->always || s->table->made == LEAT_TABLE_HISTORY) s->table->made = 0;
}

/// Few chunks, because most of these phases have nothing to do.
enum { CHUNKS = 32 };

static bool add_settling(leat_plan *plan, leat_table_args args) {
    int64_t rows = args.table->rows;
    return add_phase(plan, args.table->kernels->table_settle, args, rows, leat_ceil_div(rows, CHUNKS),
                     update_time(args.table, rows)) &&
           add_phase(plan, begin_history, args, 1, 1, 0);
}

bool leat_add_table_update(leat_plan *plan, leat_table *table) {
    leat_table_args args = {.table = table}, named = {.table = table, .count = CHUNKS};
    int64_t rows = table->rows;
    double all = update_time(table, rows);
    return finish(plan, add_phase(plan, note_rate, args, 1, 1, 0) &&
                            add_phase(plan, table->kernels->table_update_named, named, CHUNKS, 1, all) &&
                            add_phase(plan, table->kernels->table_update_whole, args, rows,
                                      leat_ceil_div(rows, CHUNKS), all) &&
                            add_phase(plan, count_update, args, 1, 1, 0) && add_settling(plan, args));
}

bool leat_add_table_settle(leat_plan *plan, leat_table *table) {
    return finish(plan, add_settling(plan, (leat_table_args){.table = table, .always = true}));
}
