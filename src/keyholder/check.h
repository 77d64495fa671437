/*
 * check.h - looking at a token without being its key holder.
 */
#ifndef KEYHOLDER_CHECK_H
#define KEYHOLDER_CHECK_H

#include <stdbool.h>

/* The token of that number in the configuration at standard input: is its URI one,
 * is its PIN latched, and when device is true, does it answer?  What is wrong goes
 * to standard error; gives the exit status. */
int check_device(const char *number, bool device);

#endif
