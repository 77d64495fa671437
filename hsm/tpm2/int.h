/*
 * int.h - what the tpm2_*.c files share: one way to one TPM, one salted
 * session, and the one door to every call.
 *
 * What is where in the TPM (uri.c has the words for it):
 *
 *	parent   a storage key below the owner hierarchy; it is also the
 *	         salting key, and its name in the URI is what says that this
 *	         is the right TPM
 *	key      the signing key, below parent; mac: the handle key
 *	epoch    an NV counter, not orderly: the TPM writes it at once
 *
 * The PIN is the authorisation value of key, mac and epoch.  The TPM counts
 * wrong proofs of them (lockout.c), unless an officer has given a reason
 * for noDA.  The parent has no authorisation that could be guessed.
 */
#ifndef HSM_TPM2_INT_H
#define HSM_TPM2_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tss2/tss2_esys.h>

#include "base/auto.h"
#include "hsm/core/backend.h"
#include "base/bytes.h"
#include "base/err.h"
#include "hsm/tpm2/rc.h"
#include "hsm/tpm2/uri.h"
#include "hsm/tpm2/tcti.h"

/* Ceilings and places. */
#define T2_BLOB_MAX 2048     /* bytes of a blob: both halves of a key */
#define T2_PIN_MAX 32        /* bytes: the names' digest is SHA-256 */
#define T2_MAC_MAX 1024      /* bytes of a message for TPM2_HMAC */
#define T2_LEFT_MAX 64       /* things a former life may have left loaded */
#define T2_DEADLINE_MS 30000 /* when the caller has none */

struct t2_key {
	ESYS_TR object;  /* ESYS_TR_NONE: none */
	uint32_t handle; /* 0: from a blob, to be flushed */
	bool counted;    /* wrong proofs of it are: it is not noDA */
};

struct tpm2 {
	struct tcti *tcti;
	ESYS_CONTEXT *esys;
	ESYS_TR parent, session, epoch;
	uint32_t parent_handle;
	uint8_t parent_name[T2_NAME_SIZE];
	struct t2_key keys[HSM_KEYS_MAX]; /* that sign */
	unsigned key;                     /* the one that does */
	struct t2_key mac;
	bool epoch_written; /* it has a value */
	bool epoch_counted;
	bool lockable;      /* something that was found is counted */
	bool lockout_off;   /* an officer's reason lets it be noDA */
	bool silent;        /* it did not answer: say no more to it */
	struct secret *pin; /* for keys that come later */
	bool pin_told;      /* to ESYS: proofs are made with it */
	uint32_t deadline_ms;
	void (*call_begins)(void *arg, bool slow);
	void *arg;
	uint64_t deadline_at;
	TSS2_RC rc; /* of the last call */
	char why[HSM_WHY_MAX];
};

/*
 * The door: every call is sent, waited for until the deadline, and finished,
 * so that each code is classed and the failed call has its name in why.  in is
 * the list of arguments in parentheses; the rest are the outputs.
 */
#define T2_LIST(...) __VA_ARGS__
#define T2_CALL(t, name, in, ...)                                            \
	({                                                                   \
		err_t call_ =                                                \
		        t2_sent((t), #name,                                  \
		                Esys_##name##_Async((t)->esys, T2_LIST in)); \
		for (bool more_ = true; call_ == OK && more_;) {             \
			call_ = t2_wait((t), #name);                         \
			if (call_ == OK)                                     \
				call_ = t2_done(                             \
				        (t), #name,                          \
				        Esys_##name##_Finish(                \
				                (t)->esys __VA_OPT__(, )     \
				                        __VA_ARGS__),        \
				        &more_);                             \
		}                                                            \
		call_;                                                       \
	})
MUST_CHECK err_t t2_sent(struct tpm2 *t, const char *call, TSS2_RC rc);
MUST_CHECK err_t t2_wait(struct tpm2 *t, const char *call);
MUST_CHECK err_t t2_done(struct tpm2 *t, const char *call, TSS2_RC rc,
                         bool *ret_more);

/* Sets why and gives err. */
err_t t2_fail(struct tpm2 *t, err_t err, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* What ESYS allocated. */
void t2_free(void *p);
DEFINE_AUTO(void *, t2_free);

/* device.c: connects, starts the TPM up and flushes what a former life
 * left; t2_close flushes what is loaded. */
MUST_CHECK err_t t2_connect(const char *tcti, const struct hsm_options *options,
                            struct buf *why, struct tpm2 **ret_tpm2);
void t2_close(struct tpm2 *t); /* accepts NULL */
DEFINE_AUTO(struct tpm2 *, t2_close);
/* A persistent object or an NV index; E_NOT_FOUND: nothing there. */
MUST_CHECK err_t t2_refer(struct tpm2 *t, uint32_t handle, ESYS_TR *ret_object);
MUST_CHECK err_t t2_flush(struct tpm2 *t, ESYS_TR *object);

#define T2_PARENT_MUST                                              \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |           \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED | \
	 TPMA_OBJECT_DECRYPT)
/* session.c: the parent, whose name must be the pinned one when there is
 * one, and the session that is salted with it. */
MUST_CHECK err_t t2_open_session(struct tpm2 *t, const struct t2_uri *uri);
/* A session that is salted with a key of this TPM that is loaded. */
MUST_CHECK err_t t2_start_session(struct tpm2 *t, ESYS_TR salt);
/* Has the session encrypt: at its start, and after a call that was refused,
 * since ESYS forgets then what the call before had it leave out. */
MUST_CHECK err_t t2_encrypt_session(struct tpm2 *t);
MUST_CHECK err_t t2_name_of(struct tpm2 *t, ESYS_TR object,
                            uint8_t ret_name[static T2_NAME_SIZE]);

/* auth.c: the PIN, told to this side only; the TPM sees it used. */
MUST_CHECK err_t t2_login(struct tpm2 *t, const struct hsm_options *options,
                          const struct secret *pin);
MUST_CHECK err_t t2_tell_auth(struct tpm2 *t, const struct secret *pin);
/* The same PIN for one more object. */
MUST_CHECK err_t t2_tell_auth_of(struct tpm2 *t, ESYS_TR object);
MUST_CHECK err_t t2_auth_of(struct tpm2 *t, const struct secret *pin,
                            TPM2B_AUTH *ret_auth);

/* sign.c, epoch.c: see backend.h. */
MUST_CHECK err_t t2_sign(void *own, enum alg alg, struct bytes in,
                         struct hsm_signature *ret_signature);
MUST_CHECK err_t t2_mac(void *own, struct bytes msg,
                        uint8_t ret_mac[static HASH_SIZE]);
MUST_CHECK err_t t2_random(void *own, uint8_t *out, size_t n);
MUST_CHECK err_t t2_epoch(void *own, uint32_t *ret_epoch);

#endif
