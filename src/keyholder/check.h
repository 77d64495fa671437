/*
 * check.h - examines a token without becoming its key holder.
 */
#ifndef KEYHOLDER_CHECK_H
#define KEYHOLDER_CHECK_H

#include <stdbool.h>

/* Reads the configuration from standard input and checks its token of that
 * number: that its URI is valid, that its PIN is not latched, and with device
 * set that it answers.  Faults go to standard error.  Returns the exit
 * status. */
int check_device(const char *number, bool device);

#endif
