/*
 * check.h - anchord-verifier --check, which `anchord --check` runs, because
 * only this program parses policies.
 */
#ifndef VERIFIER_CHECK_H
#define VERIFIER_CHECK_H

/* Parses the policy on standard input.  Faults go to standard error.  Returns
 * the exit status. */
int check_policy(void);

#endif
