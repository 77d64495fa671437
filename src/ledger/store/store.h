/*
 * store.h - what the ledger stores, behind one small interface.
 *
 * A store is one open database that this process uses exclusively.  All reads
 * and writes are made between store_begin() and store_commit().  They are
 * durable when store_commit() has returned OK, and only then may an answer be
 * sent.  After any failure but E_NOT_FOUND the transaction must be regarded as
 * lost, and the only permitted call is store_close(); the caller opens the
 * store again.
 *
 * This room contains no rules; redeem.h does.  No function keeps a view.
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
#define STORE_VERSION 12
#define STORE_VERSION_OLDEST 1       /* the oldest that can be upgraded */
#define STORE_APPLICATION 0x414e4c31 /* "ANL1", marks the file as ours */

/* Maximum bytes of a text in a row; a transaction is the longest. */
#define STORE_SMALL_MAX 128

struct store_small {
	uint8_t len;
	uint8_t data[STORE_SMALL_MAX];
};

struct bytes store_small_bytes(const struct store_small *s);

/* False: v is too long, and s is empty. */
bool store_small_set(struct store_small *s, struct bytes v);

typedef uint64_t store_number;
typedef uint8_t store_id[CTI_SIZE];
typedef uint8_t store_hash[HASH_SIZE];
typedef int8_t store_vector[VECTOR_COUNT];
typedef struct store_small store_small;

/* A result as it was or will be signed: outcome.def. */
struct outcome {
#define OUTCOME(type, name, sql) store_##type name;
#include "ledger/store/outcome.def"
#undef OUTCOME
};

/* What is stored with the outcome of a redeemed challenge. */
struct redemption {
	uint64_t expires_s; /* of the challenge; written, not read */
	store_hash observed;
	store_hash tag;     /* the verifier's tag of finding */
	struct buf finding; /* wire_put_finding() */
	struct buf jwt; /* the signed result; read, not written: JWT or CWT */
};

void redemption_release(struct redemption *r);
DEFINE_AUTO_REF(struct redemption, redemption_release);

/* The one row of `meta`. */
struct store_marks {
	uint64_t sequence;   /* of the last outcome; 0: none yet */
	uint64_t time_ms;    /* the latest time so far */
	uint64_t created_ms; /* when the database was created */
	uint64_t horizon_ms; /* challenges issued until then do not count */
	uint64_t first;      /* the first sequence that retention has left */
};

/*
 * Opens directory/ledger.db, or creates it if the directory has none.  An older
 * version is upgraded in one transaction.  A database is refused, and not
 * written to, if it is damaged, not ours, of a later version, used by another
 * ledger, or has any table, index, trigger or view that is not exactly ours;
 * why has the cause.  E_NOT_FOUND, E_DENIED, E_CONFLICT (another ledger), E_IO,
 * E_NOMEM: all of them may pass without a restart, so try again later.
 */
MUST_CHECK err_t store_open(const char *directory, uint64_t now_ms,
                            struct buf *why, struct store **ret_store);

/* Like store_open(), but does not create a database: E_NOT_FOUND. */
MUST_CHECK err_t store_open_existing(const char *directory, struct buf *why,
                                     struct store **ret_store);

void store_close(struct store *s); /* accepts NULL; rolls back */
DEFINE_AUTO(struct store *, store_close);

/* The last error, for the log. */
const char *store_error(const struct store *s);

MUST_CHECK err_t store_begin(struct store *s);
MUST_CHECK err_t store_commit(struct store *s);

MUST_CHECK err_t store_marks_get(struct store *s, struct store_marks *ret);
MUST_CHECK err_t store_marks_set(struct store *s, const struct store_marks *m);

MUST_CHECK err_t store_outcome_add(struct store *s, const struct outcome *o);

/* Redeems o->cti unless it was redeemed; *ret_won: this call did it.  The
 * caller then adds the outcome in the same transaction, which the commit
 * requires (foreign key). */
MUST_CHECK err_t store_redeem(struct store *s, const struct outcome *o,
                              const struct redemption *r, bool *ret_won);

/* Finds the outcome of the redemption of cti, and what is stored with it: jwt
 * is empty if none is stored yet, finding is empty if an older version stored
 * it. r must be empty; the caller releases it.  E_NOT_FOUND: not redeemed, or
 * deleted by store_sweep(). */
MUST_CHECK err_t store_redemption(struct store *s,
                                  const uint8_t cti[static CTI_SIZE],
                                  struct redemption *r,
                                  struct outcome *ret_outcome);

/* Stores the signed result of a redeemed challenge, in either form, unless one is
 * stored: then that one stays.  OK also if its redemption is not stored any
 * more. */
MUST_CHECK err_t store_jwt_set(struct store *s,
                               const uint8_t cti[static CTI_SIZE],
                               struct bytes jwt);

/* Deletes up to most redemptions whose challenge expired before expires_s. */
MUST_CHECK err_t store_sweep(struct store *s, uint64_t expires_s, size_t most,
                             size_t *ret_n);

/* E_IO: the directory's database is not the file that this store has open; it
 * was removed or replaced, and what is committed would be lost with it. */
MUST_CHECK err_t store_check_file(const struct store *s);

/* Makes a checkpoint once the log is long; to be called between
 * transactions. */
MUST_CHECK err_t store_checkpoint(struct store *s);

/* If rows of a device were deleted: overwrites them in the database and empties
 * the log, which still has them; later, if a copy is being made.  To be called
 * between transactions. */
MUST_CHECK err_t store_scrub(struct store *s);

#endif
