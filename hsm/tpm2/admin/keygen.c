/*
 * keygen.c - creates the service's keys and its counter in a TPM.
 *
 * An existing parent, handle key or counter is reused if it satisfies the rules
 * of find.c: other software may use the parent, device handles must outlive the
 * signing keys, and the counter must never go back.  An existing signing key is
 * an error (E_CONFLICT).
 *
 * Every change is authorised by an HMAC session that is salted with the parent,
 * so that nobody on the bus can forge the TPM's response.  Each object is then
 * used once with the PIN, which proves that it exists and has this PIN.
 *
 * The trust in this TPM begins here: the name of the parent that is found or
 * created now is the one that the configuration pins (parent-name in
 * token.uri).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "hsm/tpm2/admin/admin.h"
#include "hsm/tpm2/alg.h"

#define RSA_BITS 2048 /* the longest that many TPMs support */

/* The two halves of a key from TPM2_Create; ESYS allocated both. */
struct made {
	TPM2B_PUBLIC *public;
	TPM2B_PRIVATE *private;
};

static void
made_release(struct made *m)
{
	Esys_Free(m->public);
	Esys_Free(m->private);
}
DEFINE_AUTO_REF(struct made, made_release);

/* Failed authorisations are counted, unless an officer has given a reason for
 * noDA (token.lockout_off). */
static TPMA_OBJECT
key_attributes(const struct tpm2 *t)
{
	return T2_KEY_MUST | (t->lockout_off ? TPMA_OBJECT_NODA : 0);
}

static TPM2B_PUBLIC
signing_template(const struct tpm2 *t, const struct t2_alg *alg)
{
	TPM2B_PUBLIC out = { .size = 0 };
	TPMS_ECC_PARMS *ecc = &out.publicArea.parameters.eccDetail;
	TPMS_RSA_PARMS *rsa = &out.publicArea.parameters.rsaDetail;

	out.publicArea.type = alg->type;
	out.publicArea.nameAlg = TPM2_ALG_SHA256;
	out.publicArea.objectAttributes = key_attributes(t);
	if (alg->type == TPM2_ALG_RSA) {
		rsa->symmetric.algorithm = TPM2_ALG_NULL;
		rsa->scheme.scheme = alg->scheme;
		rsa->scheme.details.anySig.hashAlg = alg->hash;
		rsa->keyBits = RSA_BITS;
		return out;
	}
	ecc->symmetric.algorithm = TPM2_ALG_NULL;
	ecc->scheme.scheme = alg->scheme;
	ecc->scheme.details.ecdsa.hashAlg = alg->hash;
	ecc->curveID = alg->curve;
	ecc->kdf.scheme = TPM2_ALG_NULL;
	return out;
}

static TPM2B_PUBLIC
mac_template(const struct tpm2 *t)
{
	TPM2B_PUBLIC out = { .size = 0 };
	TPMT_KEYEDHASH_SCHEME *scheme =
	        &out.publicArea.parameters.keyedHashDetail.scheme;

	out.publicArea.type = TPM2_ALG_KEYEDHASH;
	out.publicArea.nameAlg = TPM2_ALG_SHA256;
	out.publicArea.objectAttributes = key_attributes(t);
	scheme->scheme = TPM2_ALG_HMAC;
	scheme->details.hmac.hashAlg = TPM2_ALG_SHA256;
	return out;
}

/* Finds or creates the parent and opens the session with it.  A URI that pins a
 * parent's name never makes a new one. */
static err_t
ensure_parent(struct tpm2 *t, struct t2_uri *uri, bool owned)
{
	ESYS_TR parent = ESYS_TR_NONE;
	err_t err = t2_refer(t, uri->parent, &parent);

	if (err == E_NOT_FOUND && !uri->named) {
		TRY(t2_make_parent(t, uri->parent, owned));
		err = t2_refer(t, uri->parent, &parent);
	}
	if (err == E_NOT_FOUND)
		return t2_fail(t, E_NOT_FOUND, "no parent key at handle 0x%08x",
		               uri->parent);
	TRY(err);
	if (!uri->named)
		TRY(t2_name_of(t, parent, uri->parent_name));
	uri->named = true;
	return t2_open_session(t, uri);
}

/* The command carries the PIN and must be encrypted.  ESYS drops the session's
 * encryption after a refused command, and a refusal can be forged on the bus;
 * therefore it is switched on again here. */
static err_t
create_under_parent(struct tpm2 *t, const TPM2B_AUTH *auth,
                    const TPM2B_PUBLIC *template, struct made *ret_made)
{
	const TPM2B_DATA info = { .size = 0 };
	const TPML_PCR_SELECTION pcrs = { .count = 0 };

	TRY(t2_encrypt_session(t));
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.userAuth = *auth };
	err_t err = T2_CALL(t, Create,
	                    (t->parent, t->session, ESYS_TR_NONE, ESYS_TR_NONE,
	                     &sensitive, template, &info, &pcrs),
	                    &ret_made->private, &ret_made->public, NULL, NULL,
	                    NULL);

	secret_wipe(&sensitive, sizeof(sensitive));
	return err;
}

static err_t
write_blob(struct tpm2 *t, const char *path, const struct made *made)
{
	uint8_t blob[T2_BLOB_MAX];
	size_t len = 0;

	if (Tss2_MU_TPM2B_PUBLIC_Marshal(made->public, blob, sizeof(blob),
	                                 &len) != TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Marshal(made->private, blob, sizeof(blob),
	                                  &len) != TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE,
		               "the TPM returned a malformed new key");
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return t2_fail(t, E_IO, "%s: cannot create the file: %s", path,
		               strerror(errno));
	bool good = write(fd, blob, len) == (ssize_t)len && fsync(fd) == 0;
	close(fd);
	return good ? OK : t2_fail(t, E_IO, "%s: cannot write the file", path);
}

static err_t
make_key(struct tpm2 *t, const struct t2_place *place, const TPM2B_AUTH *auth,
         const TPM2B_PUBLIC *template)
{
	AUTO(made_release) struct made made = { NULL, NULL };
	ESYS_TR key = ESYS_TR_NONE;

	TRY(create_under_parent(t, auth, template, &made));
	if (place->path[0])
		return write_blob(t, place->path, &made);
	TRY(T2_CALL(t, Load,
	            (t->parent, t->session, ESYS_TR_NONE, ESYS_TR_NONE,
	             made.private, made.public),
	            &key));
	err_t err = t2_keep(t, key, place->handle);
	err_t flushed = t2_flush(t, &key);
	return err == OK ? flushed : err;
}

err_t
t2_look(struct tpm2 *t, const struct t2_place *place)
{
	bool there = false;

	if (place->path[0] && access(place->path, F_OK) == 0)
		return t2_fail(t, E_CONFLICT, "%s exists already", place->path);
	if (place->path[0])
		return errno == ENOENT ? OK
		                       : t2_fail(t, E_IO, "%s: %s", place->path,
		                                 strerror(errno));
	TRY(t2_is_there(t, place->handle, &there));
	return there ? t2_fail(t, E_CONFLICT,
	                       "an object exists already at handle 0x%08x",
	                       place->handle)
	             : OK;
}

static err_t
ensure_mac(struct tpm2 *t, const struct t2_uri *uri, const TPM2B_AUTH *auth,
           bool *ret_made)
{
	const TPM2B_PUBLIC template = mac_template(t);
	err_t err = t2_look(t, &uri->mac);

	*ret_made = err == OK;
	if (err == OK)
		err = make_key(t, &uri->mac, auth, &template);
	else if (err == E_CONFLICT)
		err = OK;
	TRY(err);
	return t2_find_mac(t, &uri->mac);
}

/* The command carries the PIN, see create_under_parent(). */
static err_t
make_epoch(struct tpm2 *t, uint32_t handle, const TPM2B_AUTH *auth)
{
	const TPMA_NV noda = t->lockout_off ? TPMA_NV_NO_DA : 0;
	const TPM2B_NV_PUBLIC counter = {
		.nvPublic = { .nvIndex = handle,
		              .nameAlg = TPM2_ALG_SHA256,
		              .attributes = T2_EPOCH_ATTRIBUTES | noda,
		              .dataSize = sizeof(uint64_t) },
	};
	ESYS_TR made = ESYS_TR_NONE;

	TRY(t2_encrypt_session(t));
	err_t err = T2_CALL(t, NV_DefineSpace,
	                    (ESYS_TR_RH_OWNER, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE, auth, &counter),
	                    &made);
	return t2_judge_owner(t, "NV_DefineSpace", err);
}

static err_t
ensure_epoch(struct tpm2 *t, const struct t2_uri *uri, const TPM2B_AUTH *auth)
{
	ESYS_TR there = ESYS_TR_NONE;
	err_t err = t2_refer(t, uri->epoch, &there);

	if (err == E_NOT_FOUND)
		err = make_epoch(t, uri->epoch, auth);
	TRY(err);
	return t2_find_epoch(t, uri->epoch);
}

err_t
t2_make_signing(struct tpm2 *t, const struct t2_place *place, enum alg alg,
                const TPM2B_AUTH *auth, struct hsm_keygen_result *out)
{
	const struct t2_alg *row = t2_alg(alg);
	struct t2_key key = { .object = ESYS_TR_NONE };
	struct hsm_found found;

	if (!row)
		return t2_fail(t, E_DENIED, "a TPM has no keys for %s",
		               alg_jose_name(alg));
	const TPM2B_PUBLIC template = signing_template(t, row);
	TRY(make_key(t, place, auth, &template));
	err_t err = t2_find_signing(t, place, &key, &found);
	if (err == OK)
		err = t2_prove_signing(t, &key, &found, auth);
	t2_let_go(t, &key); /* a key that failed stays, for an officer */
	TRY(err);
	out->alg = found.alg;
	out->spki_len = found.spki_len;
	memcpy(out->spki, found.spki, found.spki_len);
	return OK;
}

struct asked {
	const struct hsm_keygen *wanted;
	const struct secret *pin;
};

static err_t
make_all(struct tpm2 *t, struct t2_uri *uri, const struct asked *asked,
         const TPM2B_AUTH *auth, struct hsm_keygen_result *out)
{
	const struct hsm_keygen *wanted = asked->wanted;

	TRY(ensure_parent(t, uri, wanted->owner != NULL));
	t->lockable = !t->lockout_off; /* so are the objects made below */
	TRY(t2_lockout_check(t));
	if (!wanted->companion)
		TRY(t2_look(t, &uri->key));
	TRY(ensure_mac(t, uri, auth, &out->handle_made));
	TRY(ensure_epoch(t, uri, auth));
	TRY(t2_prove_kept(t, asked->pin, out));
	uri->keyless = wanted->companion;
	if (wanted->companion)
		return OK;
	return t2_make_signing(t, &uri->key, wanted->alg, auth, out);
}

static err_t
keygen_in_tpm(struct tpm2 *t, struct t2_uri *uri, const struct asked *asked,
              struct hsm_keygen_result *out)
{
	TPM2B_AUTH auth = { .size = 0 };

	if (!t2_alg(asked->wanted->alg))
		return t2_fail(t, E_DENIED, "a TPM has no keys for %s",
		               alg_jose_name(asked->wanted->alg));
	TRY(t2_facts(t, &out->token));
	TRY(t2_refuse_weak(t, secret_bytes(asked->pin)));
	TRY(t2_tell_owner(t, asked->wanted->owner));
	TRY(t2_auth_of(t, asked->pin, &auth));
	err_t err = make_all(t, uri, asked, &auth, out);
	secret_wipe(&auth, sizeof(auth));
	return err;
}

err_t
t2_token_keygen(const struct hsm_token_name *name, const struct secret *pin,
                const struct hsm_keygen *wanted, struct buf *why,
                struct hsm_keygen_result *ret_result)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	AUTO(buf_release) struct buf text = buf_of(sizeof(ret_result->uri) - 1);
	const struct hsm_options options = {
		.uri = name->uri,
		.lockout_off = wanted->lockout_off,
	};
	const struct asked asked = { wanted, pin };
	struct hsm_keygen_result out = { .spki_len = 0 };
	struct t2_uri uri;

	TRY(t2_uri_parse(name->uri, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	err_t err = keygen_in_tpm(t, &uri, &asked, &out);
	if (err == OK && t2_uri_format(&uri, &text) != OK)
		err = t2_fail(t, E_CONFIG, "the token's URI is too long");
	TRY(t2_tell(t, why, err));
	snprintf(out.uri, sizeof(out.uri), "%s", buf_str(&text));
	*ret_result = out;
	return OK;
}
