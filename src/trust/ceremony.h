/*
 * ceremony.h - the plan of a ceremony, and the values of one site.
 *
 * A plan is one text that is reviewed once and used everywhere, byte for byte:
 *
 *	format = 1;
 *	name = "first-provisioning";
 *	purpose = "...";
 *	keys = "stay";                     "go": those of before are gone at the end
 *	present = (                        who is there and signs the transcript
 *	  {
 *	    role = "security-officer";
 *	  }
 *	);
 *	tokens = (                         whose inventory is taken
 *	  {
 *	    module = "${module}";          module and label, or uri (a TPM)
 *	    label = "${token}";
 *	    pin_file = "${pin-file}";      a TPM may have ownership = "taken"
 *	  }
 *	);
 *	steps = (
 *	  {
 *	    instruct = "Take the sealed envelope with the PINs of ${token}.";
 *	  },
 *	  {
 *	    run = "token init --module ${module} --label ${token}";
 *	  }
 *	);
 *
 * run has the words of a verb of anchorctl between single spaces.  What differs
 * between sites is ${NAME}, which is replaced within its word, also if the value
 * has spaces.  A site's text says who has which role and what the names mean:
 *
 *	format = 1;
 *	present = (
 *	  {
 *	    role = "security-officer";
 *	    person = "Ada Example";
 *	  }
 *	);
 *	values = (
 *	  {
 *	    name = "token";
 *	    value = "anchord";
 *	  }
 *	);
 *
 * Both are read as the trust bundle is (crypto/codec/conf.h).
 */
#ifndef TRUST_CEREMONY_H
#define TRUST_CEREMONY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "trust/ceremony_row.h"

#define CEREMONY_TEXT_MAX (64 * 1024) /* bytes of a plan or a site */
#define CEREMONY_STEPS_MAX 64
#define CEREMONY_ROLES_MAX 8
#define CEREMONY_VALUES_MAX 48
#define CEREMONY_NAME_SIZE 41   /* bytes with the NUL: a-z 0-9 . _ - */
#define CEREMONY_VALUE_SIZE 513 /* the same, of a value */
#define CEREMONY_LINE_MAX 65536 /* bytes of a step with all its values */

/* The role whose signature is the HSM's: its key is in the last inventory. */
#define CEREMONY_HSM "hsm"

enum ceremony_keys { CEREMONY_STAY, CEREMONY_GO, CEREMONY_KEYS };

struct ceremony_role {
	char role[CEREMONY_NAME_SIZE];
	char person[CEREMONY_VALUE_SIZE]; /* in a site */
};

struct ceremony_step {
	char instruct[CEREMONY_WORDS_SIZE], run[CEREMONY_WORDS_SIZE];
};

struct ceremony_plan {
	char name[CEREMONY_NAME_SIZE];
	char purpose[CEREMONY_WORDS_SIZE];
	enum ceremony_keys keys;
	size_t n_present, n_tokens, n_steps;
	struct ceremony_role present[CEREMONY_ROLES_MAX];
	struct ceremony_token tokens[CEREMONY_TOKENS_MAX];
	struct ceremony_step steps[CEREMONY_STEPS_MAX];
	uint8_t digest[HASH_SIZE]; /* of the text */
};

struct ceremony_value {
	char name[CEREMONY_NAME_SIZE], value[CEREMONY_VALUE_SIZE];
};

struct ceremony_site {
	size_t n_present, n_values;
	struct ceremony_role present[CEREMONY_ROLES_MAX];
	struct ceremony_value values[CEREMONY_VALUES_MAX];
};

void ceremony_plan_free(struct ceremony_plan *plan); /* accepts NULL */
DEFINE_AUTO(struct ceremony_plan *, ceremony_plan_free);
void ceremony_site_free(struct ceremony_site *site); /* accepts NULL */
DEFINE_AUTO(struct ceremony_site *, ceremony_site_free);

/* Refused is besides: a step that is not one of instruct and run, or a token that
 * is not one of uri and module with label; a role that is there twice; words that
 * are not between single spaces, or have a $ that begins no ${NAME}; a step that
 * runs a ceremony, prints JSON, or has a name in its first two words or in an
 * option's name.  E_MALFORMED: why has the cause.  E_NOMEM. */
MUST_CHECK err_t ceremony_plan_parse(struct bytes text, struct buf *why,
                                     struct ceremony_plan **ret_plan);

/* Appends the plan's text. */
void ceremony_plan_put(struct buf *out, const struct ceremony_plan *plan);

MUST_CHECK err_t ceremony_site_parse(struct bytes text, struct buf *why,
                                     struct ceremony_site **ret_site);

/* Does the site fit the plan?  The same roles in the same order, each name once
 * and used, none missing, and no value that could be an option or has a PIN in it.
 * E_MALFORMED: why has the cause.  E_NOMEM. */
MUST_CHECK err_t ceremony_fit(const struct ceremony_plan *plan,
                              const struct ceremony_site *site,
                              struct buf *why);

/* Appends a text of a plan with the values of a site that fits it. */
void ceremony_expand(const struct ceremony_site *site, const char *text,
                     struct buf *out);

/* Appends what a step does, "say ..." or "run ...", as the transcript has it. */
void ceremony_put_step(const struct ceremony_plan *plan,
                       const struct ceremony_site *site, size_t i,
                       struct buf *out);

#endif
