/*
 * store.h - what the ledger remembers, behind one small interface.
 *
 * A store is one open database that this process has for itself.  All reads
 * and writes stand between store_begin() and store_commit(); what was written
 * is durable when store_commit() has returned OK, and only then may anybody be
 * told.  After any failure but E_NOT_FOUND nothing of the transaction may be
 * claimed and the store is good for nothing but store_close(): the caller
 * opens it anew.
 *
 * Nothing here knows rules; redeem.h does.  No function keeps a view.
 */
#ifndef LEDGER_STORE_STORE_H
#define LEDGER_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/terms.h"

struct store;

#define STORE_FILE "ledger.db"
#define STORE_VERSION 3
#define STORE_VERSION_OLDEST 1       /* that opening brings up to it */
#define STORE_APPLICATION 0x414e4c31 /* "ANL1", marks the file as ours */

/* Bytes: the longest text or name in a row; a transaction is the longest. */
#define STORE_SMALL_MAX 128

struct store_small {
	uint8_t len;
	uint8_t data[STORE_SMALL_MAX];
};

struct bytes store_small_bytes(const struct store_small *s);

/* False when v is too long; s is empty then. */
bool store_small_set(struct store_small *s, struct bytes v);

typedef uint64_t store_number;
typedef uint8_t store_id[CTI_SIZE];
typedef uint8_t store_hash[HASH_SIZE];
typedef int8_t store_vector[VECTOR_COUNT];
typedef struct store_small store_small;

/* One result, as it was or will be signed: outcome.def. */
struct outcome {
#define OUTCOME(type, name, sql) store_##type name;
#include "ledger/store/outcome.def"
#undef OUTCOME
};

/* What is kept of a spent challenge beside its outcome. */
struct redemption {
	uint64_t expires_s; /* the challenge's; written, not read */
	store_hash observed;
	store_hash tag;     /* the verifier's, of finding */
	struct buf finding; /* wire_put_finding() */
	struct buf jwt;     /* the signed result; read, not written */
};

void redemption_release(struct redemption *r);
DEFINE_AUTO_REF(struct redemption, redemption_release);

/* The one row of `meta`. */
struct store_marks {
	uint64_t sequence;   /* of the last outcome; 0: none yet */
	uint64_t time_ms;    /* the latest time that was ever seen */
	uint64_t created_ms; /* when this database was made */
	uint64_t horizon_ms; /* what was issued up to then does not count */
};

/*
 * Opens directory/ledger.db, or makes it when the directory has none.  One
 * of an older version is brought up to this one, in one transaction.  A
 * database that is damaged, foreign, newer than this program, used by another
 * ledger, or has any table, index, trigger or view that is not exactly ours is
 * refused and not written to; why says which, for people.
 * E_NOT_FOUND, E_DENIED, E_CONFLICT (another ledger), E_IO, E_NOMEM: all may
 * go away without this process ending, so try again later.
 */
MUST_CHECK err_t store_open(const char *directory, uint64_t now_ms,
                            struct buf *why, struct store **ret_store);

/* The same, but makes none: E_NOT_FOUND, why says so. */
MUST_CHECK err_t store_open_existing(const char *directory, struct buf *why,
                                     struct store **ret_store);

void store_close(struct store *s); /* accepts NULL; rolls back */
DEFINE_AUTO(struct store *, store_close);

/* What went wrong last, for the log. */
const char *store_error(const struct store *s);

MUST_CHECK err_t store_begin(struct store *s);
MUST_CHECK err_t store_commit(struct store *s);

MUST_CHECK err_t store_marks_get(struct store *s, struct store_marks *ret);
MUST_CHECK err_t store_marks_set(struct store *s, const struct store_marks *m);

MUST_CHECK err_t store_outcome_add(struct store *s, const struct outcome *o);

/* Spends o->cti unless it is spent: *ret_won says whether this call did it.
 * The winner adds the outcome in the same transaction (the commit insists). */
MUST_CHECK err_t store_redeem(struct store *s, const struct outcome *o,
                              const struct redemption *r, bool *ret_won);

/* The outcome that spent cti, and what is kept with it: an empty jwt when none
 * is stored yet, an empty finding when an older version spent it.  r is empty
 * before and the caller's after.  E_NOT_FOUND: not spent, or swept. */
MUST_CHECK err_t store_redemption(struct store *s,
                                  const uint8_t cti[static CTI_SIZE],
                                  struct redemption *r,
                                  struct outcome *ret_outcome);

/* Keeps the signed result of a spent challenge; none such is no error. */
MUST_CHECK err_t store_jwt_set(struct store *s,
                               const uint8_t cti[static CTI_SIZE],
                               struct bytes jwt);

/* Forgets up to most redemptions whose challenge expired before expires_s. */
MUST_CHECK err_t store_sweep(struct store *s, uint64_t expires_s, size_t most,
                             size_t *ret_n);

/* E_IO: the directory's database is not the file that this store has open; it
 * was removed or replaced, and what is committed would be lost with it. */
MUST_CHECK err_t store_check_file(const struct store *s);

/* Moves the log into the database once it is long; between transactions. */
MUST_CHECK err_t store_checkpoint(struct store *s);

#endif
