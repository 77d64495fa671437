/*
 * ceremony_certify.c - see ceremony_certify.h.
 */
#include "provisioning/anchorctl/ceremony_certify.h"

#include <inttypes.h>

#include "base/encode.h"
#include "evidence/evidence.h"
#include "provisioning/anchorctl/verb_trust.h"

/* Of the format whose devices certify. */
const struct certifier *
ceremony_certifier(void)
{
	const struct evidence_format *format;

	for (size_t i = 0; (format = evidence_at(i)); i++)
		if (format->certifier)
			return format->certifier;
	return NULL;
}

/* --- what was found ------------------------------------------------------- */

static void
say_token(size_t i, const struct ceremony_attested *a)
{
	AUTO(buf_release) struct buf name = buf_of(2 * CEREMONY_AK_NAME_SIZE);

	encode_hex(&name, bytes_of(a->signer_name, sizeof(a->signer_name)));
	cli_say("  attested       token %zu, by the attestation key of name "
	        "%s:\n                 %zu key%s",
	        i + 1, buf_str(&name), a->n_keys, a->n_keys == 1 ? "" : "s");
	if (a->has_counter)
		cli_say(", trust counter %" PRIu64, a->counter);
	if (a->has_head)
		cli_say(", trust head of version %" PRIu64, a->head_version);
	cli_say("\n");
}

void
ceremony_say_attested(const struct ceremony_found *f)
{
	for (size_t i = 0; i < CEREMONY_TOKENS_MAX; i++)
		if (f->attested[i].is)
			say_token(i, &f->attested[i]);
}

static json_t *
token_attested_json(size_t i, const struct ceremony_attested *a)
{
	AUTO(buf_release) struct buf name = buf_of(2 * CEREMONY_AK_NAME_SIZE);

	encode_hex(&name, bytes_of(a->signer_name, sizeof(a->signer_name)));
	json_t *j = json_pack("{s:I, s:s, s:I}", "token", (json_int_t)i + 1,
	                      "attestation_key", buf_str(&name), "keys",
	                      (json_int_t)a->n_keys);
	if (a->has_counter)
		json_object_set_new(j, "trust_counter",
		                    json_integer((json_int_t)a->counter));
	if (a->has_head) {
		json_object_set_new(j, "trust_head",
		                    json_integer((json_int_t)a->head_version));
		json_object_set_new(j, "trust_head_digest",
		                    trust_hash_json(a->head_digest));
	}
	return j;
}

json_t *
ceremony_attested_json(const struct ceremony_found *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < CEREMONY_TOKENS_MAX; i++)
		if (f->attested[i].is)
			json_array_append_new(
			        all, token_attested_json(i, &f->attested[i]));
	return all;
}
