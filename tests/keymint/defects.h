/*
 * defects.h - bad chains by name, and the reason each must be refused with.
 *
 * A defect is a good chain with one thing changed.  Tests run through all of
 * them; scripts pick one by its name.
 */
#ifndef KM_DEFECTS_H
#define KM_DEFECTS_H

#include "tests/keymint/keymint.h"
#include "wire/reason.h"

#define KM_ALSO(name) ((reason_set)1 << REASON_##name)

struct km_defect {
	const char *name;
	enum reason reason;
	reason_set also; /* further reasons that come with it */
	enum km_shape shape;
	void (*apply)(struct km_chain *chain, const struct km_defect *d);
	bool after;         /* applied to the certificates as they are made */
	size_t at;          /* certificate */
	uint32_t tag;       /* of an AuthorizationList, or a number */
	const char *text;   /* what apply() takes: DER in hex, a name */
	const char *items;  /* of the policy's section for Android */
	const char *listed; /* a status: a list names certificate at so */
};

/* Tables that end with a row without a name. */
extern const struct km_defect km_defects_description[];
extern const struct km_defect km_defects_chain[];
extern const struct km_defect km_defects_shape[];
extern const struct km_defect km_defects_kind[];
extern const struct km_defect km_defects_device[];
extern const struct km_defect km_defects_proof[];
extern const struct km_defect km_defects_revoked[];

/* The i-th of all tables, or NULL past the end. */
const struct km_defect *km_defect_at(size_t i);
const struct km_defect *km_defect_find(const char *name); /* or NULL */

/* Changes the chain and makes its certificates. */
MUST_CHECK err_t km_defect_make(struct km_chain *chain,
                                const struct km_defect *d);

/* The status list, Google's JSON, of a defect that has one. */
void km_defect_list(const struct km_chain *chain, const struct km_defect *d,
                    struct buf *out);

/* Bytes of a text in hex that live as long as the chain. */
struct bytes km_hex(struct km_chain *chain, const char *hex);

#endif
