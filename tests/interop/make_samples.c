/*
 * make_samples.c - challenges, results and key sets, signed in software; see
 * samples.h for what is written.
 *
 *	make_samples DIRECTORY
 */
#include <stdio.h>

#include "tests/common/base/samples.h"

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_samples DIRECTORY\n");
		return 2;
	}
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(a, "samples");
		samples_write(key, argv[1], alg_jose_name(a));
	}
	return 0;
}
