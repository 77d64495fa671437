/*
 * main.c - anchord-ledger: the durable store, time, single use, sequence
 * numbers.
 */
#include "ledger/ledger.h"

int
main(void)
{
	static struct ledger ledger;
	int status = role_main(&ledger_ops, &ledger);

	ledger_release(&ledger);
	return status;
}
