/*
 * ceremony_row.h - a token in the plan of a ceremony: where its inventory comes
 * from, and what must be so afterwards.
 */
#ifndef TRUST_CEREMONY_ROW_H
#define TRUST_CEREMONY_ROW_H

#define CEREMONY_WORDS_SIZE 1025 /* bytes with the NUL, of a text with names */
#define CEREMONY_TOKENS_MAX 4

/* ownership = "taken": a TPM has both authorisations set, and TPM2_Clear disabled;
 * without the setting nothing is demanded. */
enum ceremony_ownership {
	CEREMONY_OWNERSHIP_ANY,
	CEREMONY_OWNERSHIP_TAKEN,
	CEREMONY_OWNERSHIPS
};

/* attest = "keys": a TPM certifies at the end each key that is new, over the
 * transcript until then; "keys-and-counter": also its trust counter.  pin_file is
 * then that of the keys. */
enum ceremony_attest {
	CEREMONY_ATTEST_NONE,
	CEREMONY_ATTEST_KEYS,
	CEREMONY_ATTEST_COUNTER,
	CEREMONY_ATTESTS
};

struct ceremony_token {
	char module[CEREMONY_WORDS_SIZE], label[CEREMONY_WORDS_SIZE];
	char uri[CEREMONY_WORDS_SIZE], pin_file[CEREMONY_WORDS_SIZE];
	enum ceremony_ownership ownership;
	enum ceremony_attest attest;
};

#endif
