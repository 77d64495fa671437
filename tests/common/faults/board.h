/*
 * board.h - the matrix of a kind of device, and pairs, by many processes
 * side by side: the whole test, with its sums.
 *
 * Environment: ANCHORD_FAULTS=all, matrix, pairs, or one case by its number
 * (those beyond the matrix are pairs); ANCHORD_FAULTS_JOBS, processes.
 */
#ifndef COMMON_FAULTS_BOARD_H
#define COMMON_FAULTS_BOARD_H

#include "tests/common/faults/fault.h"

/* How much of it: every step-th case and some pairs, or all of it. */
struct fault_plan {
	size_t step, pairs, all_pairs;
};

void fault_board(const struct fault_kind *kind, const struct fault_plan *plan);

#endif
