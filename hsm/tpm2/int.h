/*
 * int.h - shared by the files of this directory: the connection to one TPM, one
 * salted session, and the macro through which every call goes.
 *
 * Objects in the TPM (uri.c has their names in a URI):
 *
 *	parent   a storage key below the owner hierarchy.  It also salts the
 *	         session; its name in the URI identifies the TPM.
 *	key      the signing key, below parent; mac: the handle key
 *	epoch    an NV counter that is not orderly: the TPM writes it at once
 *
 * The PIN is the authorisation value of key, mac and epoch.  The TPM counts
 * failed authorisations of them (lockout.c), unless an officer has given a
 * reason for noDA.  The parent has no authorisation value that could be
 * guessed.
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

/* Limits. */
#define T2_BLOB_MAX 2048     /* bytes of a blob: both halves of a key */
#define T2_PIN_MAX 32        /* bytes: the size of nameAlg's digest */
#define T2_MAC_MAX 1024      /* bytes of a message for TPM2_HMAC */
#define T2_LEFT_MAX 64       /* objects that an earlier process left loaded */
#define T2_DEADLINE_MS 30000 /* if the caller gives none */

struct t2_key {
	ESYS_TR object;  /* ESYS_TR_NONE: none */
	uint32_t handle; /* 0: loaded from a blob, must be flushed */
	bool counted;    /* not noDA: failed authorisations are counted */
};

struct tpm2 {
	struct tcti *tcti;
	ESYS_CONTEXT *esys;
	ESYS_TR parent, session, epoch;
	uint32_t parent_handle, trust_counter, trust_head;
	uint8_t parent_name[T2_NAME_SIZE];
	struct t2_key keys[HSM_KEYS_MAX]; /* signing keys */
	unsigned key;                     /* index of the selected one */
	struct t2_key mac;
	bool epoch_written; /* TPMA_NV_WRITTEN */
	bool epoch_counted;
	bool lockable;      /* an object of ours is not noDA */
	bool lockout_off;   /* noDA is accepted (token.lockout_off) */
	bool silent;        /* it missed a deadline: send nothing more */
	struct secret *pin; /* for keys that are added later */
	bool pin_told;      /* ESYS has the PIN */
	uint32_t deadline_ms;
	void (*call_begins)(void *arg, bool slow);
	void *arg;
	uint64_t deadline_at;
	TSS2_RC rc; /* of the last command */
	char why[HSM_WHY_MAX];
};

/*
 * Runs one command: sends it, waits until the deadline, and finishes it, so
 * that every return code is classified and why names the failed command.  in is
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

/* Sets why and returns err. */
err_t t2_fail(struct tpm2 *t, err_t err, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Frees memory that ESYS allocated; accepts NULL. */
void t2_free(void *p);
DEFINE_AUTO(void *, t2_free);

/* Refers to a persistent object or an NV index.  E_NOT_FOUND: none there. */
MUST_CHECK err_t t2_refer(struct tpm2 *t, uint32_t handle, ESYS_TR *ret_object);
MUST_CHECK err_t t2_flush(struct tpm2 *t, ESYS_TR *object);

/* device.c: connects, sends TPM2_Startup and flushes what an earlier process
 * left; t2_close() flushes what this one loaded.  E_CONFIG: unknown kind of
 * connection.  E_DEVICE: no TPM there, or it failed. */
MUST_CHECK err_t t2_connect(const char *tcti, const struct hsm_options *options,
                            struct buf *why, struct tpm2 **ret_tpm2);
void t2_close(struct tpm2 *t); /* accepts NULL */
DEFINE_AUTO(struct tpm2 *, t2_close);
#define T2_PARENT_MUST                                              \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |           \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED | \
	 TPMA_OBJECT_DECRYPT)
/* session.c: opens the parent, whose name must be the pinned one if there is
 * one, and starts the session that is salted with it. */
MUST_CHECK err_t t2_open_session(struct tpm2 *t, const struct t2_uri *uri);
/* Starts a session that is salted with a loaded key of this TPM. */
MUST_CHECK err_t t2_start_session(struct tpm2 *t, ESYS_TR salt);
/* Makes the session encrypt parameters: at its start, and after a refused
 * command, after which ESYS does not restore the session's attributes. */
MUST_CHECK err_t t2_encrypt_session(struct tpm2 *t);
MUST_CHECK err_t t2_name_of(struct tpm2 *t, ESYS_TR object,
                            uint8_t ret_name[static T2_NAME_SIZE]);

/* auth.c: the PIN.  It is given to ESYS only; the TPM sees HMACs made with
 * it. */
MUST_CHECK err_t t2_login(struct tpm2 *t, const struct hsm_options *options,
                          const struct secret *pin);
MUST_CHECK err_t t2_tell_auth(struct tpm2 *t, const struct secret *pin);
/* Gives ESYS the same PIN for one more object. */
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
