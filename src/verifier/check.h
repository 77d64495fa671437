/*
 * check.h - anchord-verifier --check, which `anchord --check` runs, because
 * only this program parses policies.
 */
#ifndef VERIFIER_CHECK_H
#define VERIFIER_CHECK_H

/* Parses the policy on standard input.  what: "shadow" for the shadow policy, whose
 * file may be empty, or NULL.  Faults go to standard error.  Returns the exit
 * status. */
int check_policy(const char *what);

#endif
