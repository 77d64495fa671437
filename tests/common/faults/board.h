/*
 * board.h - runs the matrix of faults of a kind of device, and pairs of faults,
 * in several processes, and prints the totals.
 *
 * Environment: ANCHORD_FAULTS is "all", "matrix", "pairs", or the number of one
 * case (numbers beyond the matrix are pairs); ANCHORD_FAULTS_JOBS is the number
 * of processes.
 */
#ifndef COMMON_FAULTS_BOARD_H
#define COMMON_FAULTS_BOARD_H

#include "tests/common/faults/fault.h"

/* The sample: every step-th case of the matrix, and that many pairs; all_pairs
 * is the number of pairs of the complete test. */
struct fault_plan {
	size_t step, pairs, all_pairs;
};

void fault_board(const struct fault_kind *kind, const struct fault_plan *plan);

#endif
