// Optimizers: one update of flat arrays.
#include "internal.h"

int leat_rule_slots(const leat_rule *rule) {
    switch (rule->optimizer) {
    case LEAT_SGD: return rule->decay == 0 ? 0 : 1;
    case LEAT_RMSPROP: return 1;
    case LEAT_ADAM: return rule->variant ? 3 : 2;
    default: return 2;
    }
}

bool leat_add_update(leat_plan *plan, const leat_rule *rule, int64_t count, const double *rate, const void *g,
                     void *const slots[3], void *p) {
    leat_update_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = (leat_update_args){.arrays = {.rule = *rule, .g = g, .slots = {slots[0], slots[1], slots[2]}, .p = p},
                               .count = count, .grain = leat_grain(count, 8192, 64), .rate = rate};
    int64_t chunks = leat_ceil_div(count, args->grain);
    double time = (0.4 + 0.2 * leat_rule_slots(rule)) * (double)count;
    if (!leat_plan_phase(plan, leat_plan_kernels(plan)->update, args, chunks, time)) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}
