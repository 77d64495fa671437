/*
 * pack.c - see pack.h.
 *
 * One set of rules (judge_version, judge_signature) holds for who reads and who
 * writes.
 */
#include "trust/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/codec/conf.h"
#include "crypto/digest.h"
#include "trust/ssh_sig.h"

#define HEADER "anchord-trust-pack 1\n"
#define END "end\n"
#define MIB (1024 * 1024)
#define PACK_LINE_MAX 128 /* bytes of a line that says what follows */

void
trust_chain_free(struct trust_chain *chain)
{
	if (chain)
		free(chain->versions);
	free(chain);
}

bool
trust_chain_has(const struct trust_chain *chain, uint64_t version,
                const uint8_t digest[static HASH_SIZE])
{
	uint8_t found[HASH_SIZE];

	if (version == 0 || version > chain->n)
		return false;
	digest_sha256(chain->versions[version - 1].text, found);
	return memcmp(found, digest, HASH_SIZE) == 0;
}

/* --- rules ---------------------------------------------------------------- */

static bool
name_is_plain(struct bytes name)
{
	if (name.len == 0 || name.len >= TRUST_NAME_SIZE)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!conf_in_name((char)name.data[i]))
			return false;
	return true;
}

static bool
name_is_before(struct bytes a, struct bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, len);

	return order < 0 || (order == 0 && a.len < b.len);
}

/* What is wrong with the signature i of a version; NULL: nothing. */
static const char *
fault_of_signature(const struct trust_version *v, size_t i)
{
	const struct trust_signature *s = &v->signatures[i];

	if (!name_is_plain(s->name))
		return "a signature's name has other letters than a-z 0-9 . _ "
		       "-, or too many";
	if (i > 0 && !name_is_before(v->signatures[i - 1].name, s->name))
		return "signatures are not in the order of their names";
	if (s->text.len == 0 || s->text.len > SSH_SIG_TEXT_MAX)
		return "a signature has no bytes, or too many";
	return NULL;
}

static const char *
fault_of_text(struct bytes text)
{
	return text.len == 0 || text.len > TRUST_TEXT_MAX
	               ? "a version has no bytes, or too many"
	               : NULL;
}

/* version 0: before the first. */
static err_t
refuse_pack(struct buf *why, size_t version, const char *what)
{
	if (version == 0)
		buf_printf(why, "at the beginning: %s", what);
	else
		buf_printf(why, "version %zu: %s", version, what);
	return E_MALFORMED;
}

/* --- reading -------------------------------------------------------------- */

struct unpacking {
	struct reader in;
	struct buf *why;
	size_t room; /* of the versions */
	struct trust_chain *chain;
};

/* The next line without its newline; empty: there is none. */
static struct bytes
take_pack_line(struct reader *in)
{
	size_t most = in->left < PACK_LINE_MAX ? in->left : PACK_LINE_MAX;
	const uint8_t *end = most > 0 ? memchr(in->at, '\n', most) : NULL;

	if (!end) {
		reader_fail(in);
		return bytes_of(NULL, 0);
	}
	struct bytes line = reader_take(in, (size_t)(end - in->at));
	(void)reader_u8(in);
	return line;
}

/* Takes "WORD " off a line; false: it begins otherwise. */
static bool
take_pack_word(struct bytes *line, const char *word)
{
	size_t len = strlen(word);

	if (line->len <= len || memcmp(line->data, word, len) != 0 ||
	    line->data[len] != ' ')
		return false;
	*line = bytes_of(line->data + len + 1, line->len - len - 1);
	return true;
}

/* What stands before the next space, which it takes, too. */
static struct bytes
take_pack_name(struct bytes *line)
{
	const uint8_t *space =
	        line->len > 0 ? memchr(line->data, ' ', line->len) : NULL;

	if (!space)
		return bytes_of(NULL, 0);
	struct bytes name = bytes_of(line->data, (size_t)(space - line->data));
	*line = bytes_of(space + 1, line->len - name.len - 1);
	return name;
}

/* A number that encode_decimal() writes so; false: none, or one that wraps, which
 * is written otherwise. */
static bool
pack_number(struct bytes text, size_t *ret_n)
{
	char again[DECIMAL_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		n = n * 10 + (size_t)(text.data[i] - '0');
	}
	encode_decimal(n, again);
	*ret_n = n;
	return bytes_equal_str(text, again);
}

static err_t
grow_pack(struct unpacking *u)
{
	struct trust_chain *chain = u->chain;

	if (chain->n < u->room)
		return OK;
	size_t room = u->room ? 2 * u->room : 8;
	struct trust_version *more =
	        reallocarray(chain->versions, room, sizeof(*more));
	if (!more)
		return E_NOMEM;
	chain->versions = more;
	u->room = room;
	return OK;
}

/* line is what stands behind "version ". */
static err_t
take_pack_version(struct unpacking *u, struct bytes line)
{
	struct trust_chain *chain = u->chain;
	struct bytes number = take_pack_name(&line);
	size_t version, size;

	if (chain->n == TRUST_VERSIONS_MAX)
		return refuse_pack(u->why, chain->n,
		                   "a chain has at most 1024 versions");
	if (!pack_number(number, &version) || version != chain->n + 1 ||
	    !pack_number(line, &size))
		return refuse_pack(u->why, chain->n + 1,
		                   "its first line is not as it must be");
	TRY(grow_pack(u));
	struct trust_version *v = &chain->versions[chain->n++];
	*v = (struct trust_version){ .text = reader_take(&u->in, size) };
	const char *fault = fault_of_text(v->text);
	return fault ? refuse_pack(u->why, chain->n, fault) : OK;
}

/* line is what stands behind "signature ". */
static err_t
take_pack_signature(struct unpacking *u, struct bytes line)
{
	struct trust_chain *chain = u->chain;
	struct bytes name = take_pack_name(&line);
	size_t size;

	if (chain->n == 0)
		return refuse_pack(u->why, 1, "a signature goes before it");
	struct trust_version *v = &chain->versions[chain->n - 1];
	if (v->n_signatures == TRUST_SIGNATURES_MAX)
		return refuse_pack(u->why, chain->n, "too many signatures");
	if (!pack_number(line, &size))
		return refuse_pack(u->why, chain->n, "a signature has no size");
	size_t i = v->n_signatures++;
	v->signatures[i].name = name;
	v->signatures[i].text = reader_take(&u->in, size);
	const char *fault = fault_of_signature(v, i);
	return fault ? refuse_pack(u->why, chain->n, fault) : OK;
}

static err_t
take_pack_entries(struct unpacking *u)
{
	for (;;) {
		struct bytes line = take_pack_line(&u->in);

		if (take_pack_word(&line, "version"))
			TRY(take_pack_version(u, line));
		else if (take_pack_word(&line, "signature"))
			TRY(take_pack_signature(u, line));
		else if (bytes_equal_str(line, "end") && u->chain->n > 0 &&
		         reader_done(&u->in))
			return OK;
		else
			return refuse_pack(u->why, u->chain->n,
			                   "what follows is no version, no "
			                   "signature and not the end");
	}
}

err_t
trust_pack_parse(struct bytes text, struct buf *why,
                 struct trust_chain **ret_chain)
{
	AUTO(trust_chain_free)
	struct trust_chain *chain = calloc(1, sizeof(*chain));
	struct unpacking u = { reader_of(text), why, 0, chain };

	if (!chain)
		return E_NOMEM;
	if (text.len > TRUST_PACK_MAX ||
	    !bytes_equal_str(reader_take(&u.in, strlen(HEADER)), HEADER)) {
		buf_append_str(why, "not a trust pack, or too large");
		return E_MALFORMED;
	}
	TRY(take_pack_entries(&u));
	*ret_chain = TAKE(chain);
	return OK;
}

/* --- writing -------------------------------------------------------------- */

static err_t
put_pack_version(const struct trust_version *v, size_t number, struct buf *why,
                 struct buf *out)
{
	const char *fault = fault_of_text(v->text);

	if (v->n_signatures > TRUST_SIGNATURES_MAX)
		fault = "too many signatures";
	if (fault)
		return refuse_pack(why, number, fault);
	buf_printf(out, "version %zu %zu\n", number, v->text.len);
	buf_append(out, v->text);
	for (size_t i = 0; i < v->n_signatures; i++) {
		const struct trust_signature *s = &v->signatures[i];

		fault = fault_of_signature(v, i);
		if (fault)
			return refuse_pack(why, number, fault);
		buf_append_str(out, "signature ");
		buf_append(out, s->name);
		buf_printf(out, " %zu\n", s->text.len);
		buf_append(out, s->text);
	}
	return OK;
}

err_t
trust_pack_put(const struct trust_chain *chain, struct buf *why,
               struct buf *out)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_PACK_MAX);

	if (chain->n == 0 || chain->n > TRUST_VERSIONS_MAX)
		return refuse_pack(why, chain->n, "no version, or too many");
	buf_append_str(&text, HEADER);
	for (size_t i = 0; i < chain->n; i++)
		TRY(put_pack_version(&chain->versions[i], i + 1, why, &text));
	buf_append_str(&text, END);
	if (buf_status(&text) == E_LIMIT)
		buf_printf(why, "a chain has at most %d MiB",
		           TRUST_PACK_MAX / MIB);
	TRY(buf_status(&text));
	buf_append(out, buf_bytes(&text));
	return buf_status(out);
}

/* --- room ----------------------------------------------------------------- */

static size_t
version_bytes(const struct trust_version *v)
{
	size_t n = v->text.len;

	for (size_t i = 0; i < v->n_signatures; i++)
		n += v->signatures[i].text.len;
	return n;
}

bool
trust_pack_takes_removal(const struct trust_chain *chain, struct buf *why)
{
	size_t bytes = 0;

	for (size_t i = 0; i < chain->n; i++)
		bytes += version_bytes(&chain->versions[i]);
	if (chain->n <= TRUST_REMOVAL_VERSIONS && bytes <= TRUST_REMOVAL_BYTES)
		return true;
	buf_printf(why,
	           "version %zu: a removal may be among the first %d versions "
	           "and %d MiB of a chain; the rest is kept for other changes",
	           chain->n, TRUST_REMOVAL_VERSIONS, TRUST_REMOVAL_BYTES / MIB);
	return false;
}
