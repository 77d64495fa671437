/*
 * epoch.c - the pause between two tries to take an epoch, for all backends.
 */
#include <sys/random.h>
#include <time.h>

#include "hsm/core/backend.h"

#define PAUSE_US 3000 /* the maximum, multiplied by the number of the try */

void
hsm_epoch_pause(unsigned try)
{
	uint32_t random = 0;
	struct timespec pause = { .tv_sec = 0 };

	(void)!getrandom(&random, sizeof(random), 0);
	pause.tv_nsec = (long)(random % (PAUSE_US * try)) * 1000;
	(void)nanosleep(&pause, NULL);
}
