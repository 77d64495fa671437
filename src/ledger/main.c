/*
 * main.c - anchord-ledger: the durable store, time, single use, sequence
 * numbers.
 */
#include <string.h>

#include "crypto/keys/prepare.h"
#include "ledger/ledger.h"

int
main(int argc, char **argv)
{
	static struct ledger ledger;

	if (argc > 1 && strcmp(argv[1], "--check") == 0)
		return rollout_file_check();
	crypto_prepare();
	int status = role_main(&ledger_ops, &ledger);

	ledger_release(&ledger);
	return status;
}
