/*
 * check.h - anchord-verifier --check: what `anchord --check` asks of the one program
 * that reads policies.
 */
#ifndef VERIFIER_CHECK_H
#define VERIFIER_CHECK_H

/* Is what comes by standard input a policy?  What is wrong goes to standard
 * error; gives the exit status. */
int check_policy(void);

#endif
