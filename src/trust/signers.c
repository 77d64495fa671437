/*
 * signers.c - who must sign a version, and who signed it.
 */
#include "trust/chain_int.h"

#include <string.h>

#include "crypto/digest.h"
#include "trust/ssh_sig.h"

size_t
trust_quorums(const struct bundle *before, const struct bundle *next,
              struct trust_quorum ret_quorums[static TRUST_QUORUMS_MAX])
{
	const struct trust_quorum own = { .set = &next->officers,
		                          .needed = next->officers.threshold,
		                          .version = next->version,
		                          .fault = TRUST_QUORUM_NEXT };

	if (!before) {
		ret_quorums[0] = own;
		return 1;
	}
	ret_quorums[0] = (struct trust_quorum){
		.set = &before->officers,
		.needed = before->officers.threshold,
		.version = before->version,
		.fault = TRUST_QUORUM_BEFORE,
	};
	switch (next->change) {
	case BUNDLE_REMOVAL:
		ret_quorums[0].needed = before->removal_threshold;
		ret_quorums[0].fault = TRUST_QUORUM_REMOVAL;
		return 1;
	case BUNDLE_RECOVERY:
		ret_quorums[0].set = &before->recovery;
		ret_quorums[0].needed = before->recovery.threshold;
		ret_quorums[0].fault = TRUST_QUORUM_RECOVERY;
		return 1;
	case BUNDLE_ORDINARY:
	case BUNDLE_CHANGES:
		break;
	}
	ret_quorums[1] = own;
	return 2;
}

/* --- signatures ----------------------------------------------------------- */

static bool
signers_have(const struct signers *s, const uint8_t id[static HASH_SIZE])
{
	for (size_t i = 0; i < s->n; i++)
		if (memcmp(s->ids[i], id, HASH_SIZE) == 0)
			return true;
	return false;
}

/* Each is verified, that of a key which counts already, too: otherwise the order
 * would decide whether a malformed one is found. */
static err_t
add_signer(struct signers *s, struct bytes message, struct bytes text)
{
	AUTO(buf_release) struct buf cause = buf_of(256);
	struct ssh_key key;

	err_t err = ssh_sig_signer(bytes_of_str(TRUST_NAMESPACE), message, text,
	                           &cause, &key);
	if (err == E_DENIED) {
		s->refused++;
		return OK;
	}
	TRY(err);
	if (!signers_have(s, key.id))
		memcpy(s->ids[s->n++], key.id, HASH_SIZE);
	return OK;
}

err_t
signers_of(const struct trust_version *version, struct buf *why,
           struct signers *ret_signers)
{
	struct signers s = { .n = 0 };

	if (version->n_signatures > TRUST_SIGNATURES_MAX) {
		buf_append_str(why, "there are too many signatures");
		return E_MALFORMED;
	}
	for (size_t i = 0; i < version->n_signatures; i++) {
		err_t err = add_signer(&s, version->text,
		                       version->signatures[i].text);

		if (err == E_MALFORMED)
			buf_printf(why,
			           "signature %zu is not one armoured SSH "
			           "signature by an accepted key",
			           i + 1);
		TRY(err);
	}
	*ret_signers = s;
	return OK;
}

/* --- officers ------------------------------------------------------------- */

/* The officers that were counted, by the key without its SSH type: one private
 * key may have several types.  bundle_judge() refuses a set that has a key twice,
 * so this is asked a second time: whoever counts twice lets one officer pass for
 * two. */
struct counted {
	size_t n;
	uint8_t keys[TRUST_OFFICERS_MAX][HASH_SIZE];
};

/* True unless it is there already. */
static bool
add_counted(struct counted *c, const struct ssh_key *key)
{
	uint8_t id[HASH_SIZE];

	digest_sha256(bytes_of(key->spki, key->spki_len), id);
	for (size_t i = 0; i < c->n; i++)
		if (memcmp(c->keys[i], id, HASH_SIZE) == 0)
			return false;
	memcpy(c->keys[c->n++], id, HASH_SIZE);
	return true;
}

err_t
signers_count(const struct signers *signers, const struct officer_set *set,
              uint64_t issued_s, struct trust_count *ret_count)
{
	struct trust_count count = { .threshold = set->threshold };
	struct counted counted = { .n = 0 };
	struct ssh_key key;

	for (size_t i = 0; i < set->n; i++) {
		const struct officer *row = &set->rows[i];
		err_t err = ssh_key_parse(bytes_of_str(row->key), &key);

		if (err == E_NOMEM)
			return err;
		if (err != OK || !signers_have(signers, key.id) ||
		    !officer_serves(row, issued_s) ||
		    !add_counted(&counted, &key))
			continue;
		count.by[i] = true;
		count.signers++;
	}
	*ret_count = count;
	return OK;
}

/* Unlike signers_of() it goes on behind a malformed signature. */
void
trust_count(const struct officer_set *set, const struct bundle *next,
            const struct trust_version *signed_next,
            struct trust_count *ret_count)
{
	struct signers s = { .n = 0 };
	struct trust_count count = { .threshold = set->threshold };

	for (size_t i = 0;
	     i < signed_next->n_signatures && i < TRUST_SIGNATURES_MAX; i++)
		(void)add_signer(&s, signed_next->text,
		                 signed_next->signatures[i].text);
	if (signers_count(&s, set, next->issued_s, &count) != OK)
		count = (struct trust_count){ .threshold = set->threshold };
	*ret_count = count;
}
