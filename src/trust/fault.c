/*
 * fault.c - the words for what is wrong with a chain.
 */
#include "trust/chain.h"

static const struct fault_row {
	const char *word, *text;
} rows[TRUST_FAULTS] = {
#define FAULT(code, word, text) { word, text },
#include "trust/fault.def"
};

const char *
trust_fault_word(enum trust_fault fault)
{
	return rows[fault].word;
}

const char *
trust_fault_text(enum trust_fault fault)
{
	return rows[fault].text;
}
