/*
 * ceremony_attest.c - see ceremony_attest.h.
 */
#include "trust/ceremony_attest.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "trust/ceremony_keys.h"
#include "trust/ceremony_tokens.h"

#define SAYS "attest "
#define PART_MAX 2048 /* bytes of a structure */
#define WORDS 6
#define KEYS_MAX 16 /* that one token attests */

/* The indexes of a TPM that count (hsm/tpm2/trust.h); without the parameter in the
 * TPM's URI they are at these handles. */
struct index_row {
	const char *what, *parameter;
	struct certified_index index;
};

/* TPMA_NV: WRITTEN, NO_DA, AUTHREAD, OWNERWRITE, and of a counter TPM_NT_COUNTER. */
static const struct index_row counter_row = {
	"trust-counter", "trust-counter=", { 0x01818100, 0x22040012, 8 }
};
static const struct index_row head_row = {
	"trust-head", "trust-head=", { 0x01818101, 0x22040002, 40 }
};

void
ceremony_put_attested(const char *what, uint32_t handle,
                      const struct certified *c, struct buf *line)
{
	const struct bytes parts[] = { c->public, c->attest, c->signature };

	buf_printf(line, SAYS "%s", what);
	if (handle)
		buf_printf(line, " 0x%08x", handle);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].len == 0)
			continue;
		buf_u8(line, ' ');
		encode_base64(line, parts[i]);
	}
}

/* --- one token ------------------------------------------------------------ */

struct judging {
	const struct certifier *certifier;
	struct buf *why;
	struct bytes before;    /* this token's lines of the first inventory */
	struct bytes inventory; /* and of the last one */
	struct bytes nonce;
	const char *uri;
	struct buf ak, public, attest, signature;
	size_t n_keys;
	struct buf keys[KEYS_MAX]; /* SHA-256 in hex */
	struct ceremony_attested *out;
};

static void
judging_release(struct judging *j)
{
	buf_release(&j->ak);
	buf_release(&j->public);
	buf_release(&j->attest);
	buf_release(&j->signature);
	for (size_t i = 0; i < j->n_keys; i++)
		buf_release(&j->keys[i]);
}
DEFINE_AUTO_REF(struct judging, judging_release);

static err_t
deny_attested(struct judging *j, const char *what)
{
	buf_append_str(j->why, what);
	return E_DENIED;
}

/* Words between single spaces; 0: too many. */
static size_t
split_line(struct bytes line, struct bytes words[static WORDS])
{
	size_t n = 0;
	size_t from = 0;

	for (size_t at = 0; at <= line.len; at++) {
		if (at < line.len && line.data[at] != ' ')
			continue;
		if (n == WORDS)
			return 0;
		words[n++] = bytes_of(line.data + from, at - from);
		from = at + 1;
	}
	return n;
}

static err_t
read_ak(struct judging *j, const struct bytes *words, size_t n)
{
	AUTO(buf_release) struct buf name = buf_of(CEREMONY_AK_NAME_SIZE);

	if (j->ak.len > 0 || n != 3 || decode_base64(&j->ak, words[2]) != OK)
		return deny_attested(j, "not one attestation key");
	TRY(j->certifier->ak(buf_bytes(&j->ak), j->why, &name));
	if (name.len != CEREMONY_AK_NAME_SIZE)
		return deny_attested(
		        j, "the attestation key's name is not SHA-256");
	memcpy(j->out->signer_name, name.data, name.len);
	return OK;
}

/* Decodes the parts of a line behind that of the attestation key. */
static err_t
read_parts(struct judging *j, const struct bytes *parts,
           struct certified *ret_certified)
{
	buf_reset(&j->public);
	buf_reset(&j->attest);
	buf_reset(&j->signature);
	if (j->ak.len == 0)
		return deny_attested(j, "the attestation key comes later");
	if (decode_base64(&j->public, parts[0]) != OK ||
	    decode_base64(&j->attest, parts[1]) != OK ||
	    decode_base64(&j->signature, parts[2]) != OK)
		return deny_attested(j,
		                     "not the three parts of an attestation");
	*ret_certified = (struct certified){
		.ak = buf_bytes(&j->ak),
		.public = buf_bytes(&j->public),
		.attest = buf_bytes(&j->attest),
		.signature = buf_bytes(&j->signature),
		.nonce = j->nonce,
	};
	return OK;
}

static err_t
judge_key(struct judging *j, const struct certified *c)
{
	if (j->n_keys == KEYS_MAX)
		return deny_attested(j, "more keys than are expected");
	AUTO(buf_release) struct buf spki = buf_of(PART_MAX);
	uint8_t hash[HASH_SIZE];

	TRY(j->certifier->key(c, j->why, &spki));
	struct buf *hex = &j->keys[j->n_keys++];
	*hex = buf_of(HEX_LEN(HASH_SIZE));
	digest_sha256(buf_bytes(&spki), hash);
	encode_hex(hex, bytes_of(hash, HASH_SIZE));
	TRY(buf_status(hex));
	if (!ceremony_keys_has(j->inventory, buf_bytes(hex)))
		return deny_attested(
		        j, "a key is attested that the inventory does not "
		           "have");
	j->out->n_keys++;
	return OK;
}

/* The handle of an index by the TPM's URI. */
static struct certified_index
index_of_uri(const struct index_row *row, const char *uri)
{
	struct certified_index out = row->index;
	const char *at = strstr(uri, row->parameter);
	uint8_t handle[4];

	if (!at)
		return out;
	at += strlen(row->parameter);
	out.handle = 0; /* which no index has */
	if (strncmp(at, "0x", 2) == 0 && strlen(at + 2) >= 8 &&
	    decode_hex_exact(bytes_of(at + 2, 8), handle, 4) == OK) {
		struct reader r = reader_of(bytes_of(handle, 4));
		out.handle = reader_u32(&r);
	}
	return out;
}

static err_t
judge_trust_counter(struct judging *j, const struct certified *c)
{
	const struct certified_index wanted =
	        index_of_uri(&counter_row, j->uri);
	struct bytes content;

	if (j->out->has_counter)
		return deny_attested(j, "two trust counters are attested");
	TRY(j->certifier->index(c, &wanted, j->why, &content));
	struct reader r = reader_of(content);
	j->out->counter = reader_u64(&r);
	j->out->has_counter = reader_done(&r);
	return OK;
}

static err_t
judge_trust_head(struct judging *j, const struct certified *c)
{
	const struct certified_index wanted = index_of_uri(&head_row, j->uri);
	struct bytes content;

	if (j->out->has_head)
		return deny_attested(j, "two trust heads are attested");
	TRY(j->certifier->index(c, &wanted, j->why, &content));
	struct reader r = reader_of(content);
	j->out->head_version = reader_u64(&r);
	reader_copy(&r, j->out->head_digest, HASH_SIZE);
	j->out->has_head = reader_done(&r);
	return OK;
}

/* The handle in a line is for people; what counts is in what was signed. */
static err_t
judge_line(struct judging *j, struct bytes line)
{
	struct bytes words[WORDS];
	struct certified c;
	size_t n = split_line(line, words);

	if (n > 1 && bytes_equal_str(words[1], "ak"))
		return read_ak(j, words, n);
	if (n != 5 && n != 6)
		return deny_attested(j, "not a line of an attestation");
	TRY(read_parts(j, &words[n - 3], &c));
	if (bytes_equal_str(words[1], "key"))
		return judge_key(j, &c);
	if (bytes_equal_str(words[1], counter_row.what))
		return judge_trust_counter(j, &c);
	if (bytes_equal_str(words[1], head_row.what))
		return judge_trust_head(j, &c);
	return deny_attested(j, "not a line of an attestation");
}

static bool
is_attested(const struct judging *j, struct bytes sha256)
{
	for (size_t i = 0; i < j->n_keys; i++)
		if (bytes_equal(sha256, buf_bytes(&j->keys[i])))
			return true;
	return false;
}

/* Keys that were there before may have another PIN, and be another's. */
static err_t
judge_whole(struct judging *j, enum ceremony_attest demand)
{
	struct bytes at = j->inventory;
	struct bytes sha256;

	if (j->out->n_keys == 0)
		return deny_attested(j, "no key is attested");
	while (ceremony_keys_next(&at, &sha256))
		if (!ceremony_keys_has(j->before, sha256) &&
		    !is_attested(j, sha256)) {
			buf_printf(j->why, "the new key %.*s is not attested",
			           (int)sha256.len, (const char *)sha256.data);
			return E_DENIED;
		}
	if (demand == CEREMONY_ATTEST_COUNTER && !j->out->has_counter)
		return deny_attested(j, "the trust counter is not attested");
	return OK;
}

static err_t
judge_token(struct judging *j, enum ceremony_attest demand)
{
	struct bytes at = j->inventory;
	struct bytes line;

	if (!j->certifier)
		return deny_attested(j, "nobody here can judge it");
	while (transcript_take_line(&at, &line))
		if (transcript_line_starts(line, SAYS))
			TRY(judge_line(j, line));
	TRY(judge_whole(j, demand));
	j->out->is = true;
	return OK;
}

/* --- all of them ---------------------------------------------------------- */

err_t
ceremony_attest_judge(
        const struct ceremony_attest_asked *asked, struct buf *why,
        struct ceremony_attested ret_attested[static CEREMONY_TOKENS_MAX])
{
	const struct transcript *t = asked->transcript;
	const struct transcript_entry *last = &t->entries[t->n - 1];

	for (size_t i = 0; i < asked->plan->n_tokens; i++) {
		const struct ceremony_token *token = &asked->plan->tokens[i];
		AUTO(buf_release) struct buf uri = buf_of(CEREMONY_LINE_MAX);
		AUTO(buf_release) struct buf cause = buf_of(1024);
		AUTO(judging_release)
		struct judging j = {
			.certifier = asked->certifier,
			.why = &cause,
			.inventory = ceremony_token_lines(last->output, i),
			.before = ceremony_token_lines(t->entries[0].output, i),
			.nonce = bytes_of(last->previous, HASH_SIZE),
			.ak = buf_of(PART_MAX),
			.public = buf_of(PART_MAX),
			.attest = buf_of(PART_MAX),
			.signature = buf_of(PART_MAX),
			.out = &ret_attested[i],
		};

		*j.out = (struct ceremony_attested){ .is = false };
		if (token->attest == CEREMONY_ATTEST_NONE)
			continue;
		ceremony_expand(asked->site, token->uri, &uri);
		j.uri = buf_str(&uri);
		err_t err = judge_token(&j, token->attest);
		if (err == OK)
			continue;
		buf_printf(why, "the attestation of token %zu: %s", i + 1,
		           cause.len ? buf_str(&cause) : err_name(err));
		return err == E_MALFORMED ? E_DENIED : err;
	}
	return OK;
}
