/*
 * chain_kit.c - see chain_kit.h.
 */
#include "tests/common/fakes/chain_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "trust/pack.h"
#include "trust/ssh_sig.h"

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "chain_kit: %s\n", what);
	exit(2);
}

void
chain_kit_begin(struct chain_kit *k)
{
	*k = (struct chain_kit){ .n = 1,
		                 .bundles = { bundle_kit_whole() },
		                 .by = { "alpha bravo" },
		                 .time.in_force = UINT32_MAX };
	k->bundles[0]->version = k->bundles[0]->pins.version = 1;
	memset(k->bundles[0]->previous, 0, HASH_SIZE);
}

void
chain_kit_release(struct chain_kit *k)
{
	for (size_t i = 0; i < k->n; i++) {
		bundle_free(k->bundles[i]);
		buf_release(&k->texts[i]);
		for (size_t j = 0; j < TRUST_SIGNATURES_MAX; j++)
			buf_release(&k->signatures[i][j]);
	}
}

struct bundle *
chain_kit_add(struct chain_kit *k, enum bundle_change change, const char *by)
{
	struct bundle *b = malloc(sizeof(*b));

	must(b && k->n < CHAIN_KIT_MAX, "too many versions");
	*b = *k->bundles[k->n - 1];
	b->version++;
	b->pins.version = b->version;
	b->change = change;
	b->issued_s += CHAIN_KIT_HOUR;
	b->apply_before_s += CHAIN_KIT_HOUR;
	k->by[k->n] = by;
	k->follows[k->n] = true;
	k->bundles[k->n++] = b;
	return b;
}

/* --- signatures ----------------------------------------------------------- */

void
chain_kit_attach(struct chain_kit *k, size_t i, struct bytes text)
{
	struct trust_version *v = &k->versions[i];

	must(v->n_signatures < TRUST_SIGNATURES_MAX, "too many signatures");
	struct buf *copy = &k->signatures[i][v->n_signatures];
	*copy = buf_of(2 * SSH_SIG_TEXT_MAX);
	buf_append(copy, text);
	v->signatures[v->n_signatures++].text = buf_bytes(copy);
}

void
chain_kit_unsign(struct chain_kit *k, size_t i)
{
	struct trust_version *v = &k->versions[i];

	while (v->n_signatures > 0)
		buf_release(&k->signatures[i][--v->n_signatures]);
}

void
chain_kit_sign(struct chain_kit *k, size_t i, const char *name,
               const char *namespace, struct bytes message)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, name);
	AUTO(buf_release) struct buf sign = buf_of(4096);
	AUTO(buf_release) struct buf raw = buf_of(4096);
	AUTO(buf_release) struct buf text = buf_of(SSH_SIG_TEXT_MAX);
	struct ssh_key key;

	must(ssh_key_of_spki(soft_key_spki(soft), &key) == OK, name);
	ssh_sig_signed(bytes_of_str(namespace), message, &sign);
	soft_key_sign(soft, buf_bytes(&sign), &raw);
	must(ssh_sig_put(&key, bytes_of_str(namespace), buf_bytes(&raw),
	                 &text) == OK,
	     "a signature");
	chain_kit_attach(k, i, buf_bytes(&text));
}

static void
sign_by_all(struct chain_kit *k, size_t i)
{
	const char *at = k->by[i];

	while (*at) {
		char name[TRUST_NAME_SIZE];
		size_t len = strcspn(at, " ");

		must(len < sizeof(name), at);
		memcpy(name, at, len);
		name[len] = '\0';
		chain_kit_sign(k, i, name, TRUST_NAMESPACE,
		               k->versions[i].text);
		at += len + (at[len] == ' ');
	}
}

void
chain_kit_seal(struct chain_kit *k)
{
	for (; k->sealed < k->n; k->sealed++) {
		size_t i = k->sealed;
		struct bundle *b = k->bundles[i];

		if (k->follows[i])
			memcpy(b->previous, k->bundles[i - 1]->digest,
			       HASH_SIZE);
		k->texts[i] = bundle_kit_text(b);
		k->versions[i].text = buf_bytes(&k->texts[i]);
		digest_sha256(k->versions[i].text, b->digest);
		sign_by_all(k, i);
		if (i == 0)
			memcpy(k->genesis, b->digest, HASH_SIZE);
	}
}

void
chain_kit_fork(const struct chain_kit *k, struct chain_kit *ret_fork)
{
	chain_kit_begin(ret_fork);
	*ret_fork->bundles[0] = *k->bundles[0];
}

struct buf
chain_kit_pack(struct chain_kit *k, size_t n)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	AUTO(buf_release) struct buf why = buf_of(512);
	struct buf out = buf_of(TRUST_PACK_MAX);
	const struct trust_chain chain = { n, k->versions };

	chain_kit_seal(k);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < k->versions[i].n_signatures; j++)
			k->versions[i].signatures[j].name =
			        bytes_of(digits + j, 1);
	must(trust_pack_put(&chain, &why, &out) == OK, buf_str(&why));
	return out;
}

void
chain_kit_genesis(struct chain_kit *k, char ret_hex[static CHAIN_KIT_HEX])
{
	AUTO(buf_release) struct buf hex = buf_of(CHAIN_KIT_HEX);

	chain_kit_seal(k);
	encode_hex(&hex, bytes_of(k->genesis, HASH_SIZE));
	memcpy(ret_hex, buf_str(&hex), CHAIN_KIT_HEX);
}

/* --- rows ----------------------------------------------------------------- */

struct officer *
chain_kit_officer(struct officer_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].name, name) == 0)
			return &set->rows[i];
	must(false, name);
	return NULL;
}

void
chain_kit_drop_officer(struct officer_set *set, const char *name)
{
	struct officer *row = chain_kit_officer(set, name);
	size_t behind = (size_t)(set->rows + set->n - (row + 1));

	memmove(row, row + 1, behind * sizeof(*row));
	set->n--;
}

void
chain_kit_drop_anchor(struct bundle *b, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_anchors; i++)
		if (strcmp(b->anchors[i].name, name) != 0)
			b->anchors[n++] = b->anchors[i];
	must(n < b->n_anchors, name);
	b->n_anchors = n;
}

void
chain_kit_drop_key(struct bundle *b)
{
	must(b->pins.n > 1, "no key");
	b->pins.n--;
}

/* --- running -------------------------------------------------------------- */

/* Whoever has walked the first n versions says the same of the whole, in the same
 * words. */
static void
walks_on(struct chain_kit *k, size_t n, const struct trust_time *time,
         enum trust_fault wanted, struct bytes words)
{
	AUTO(bundle_free) struct bundle *before = NULL;
	AUTO(bundle_free) struct bundle *last = NULL;
	AUTO(buf_release) struct buf ignored = buf_of(4096);
	AUTO(buf_release) struct buf why = buf_of(4096);
	const struct trust_chain first = { n, k->versions };
	const struct trust_chain all = { k->n, k->versions };
	const struct trust_time then = { .now_s = time->now_s,
		                         .in_force = UINT32_MAX };
	struct trust_walked walked = { .n = 0 };

	memcpy(walked.genesis, k->genesis, HASH_SIZE);
	if (trust_walk_on(&first, &then, &walked, &ignored, &before) !=
	    TRUST_SOUND)
		return;
	must(walked.n == n, "walked");
	must(trust_walk_on(&all, time, &walked, &why, &last) == wanted,
	     "walks on");
	must(bytes_equal(buf_bytes(&why), words), "why it does not");
	must((wanted == TRUST_SOUND) == (walked.n == k->n), "walked all");
}

enum trust_fault
chain_kit_walk(struct chain_kit *k, struct buf *why)
{
	AUTO(bundle_free) struct bundle *last = NULL;

	chain_kit_seal(k);
	const struct trust_chain chain = { k->n, k->versions };
	struct trust_time time = k->time;
	if (!time.now_s)
		time.now_s = k->bundles[k->n - 1]->issued_s + CHAIN_KIT_HOUR;
	enum trust_fault fault =
	        trust_walk(&chain, k->genesis, &time, why, &last);

	must((fault == TRUST_SOUND) == (last != NULL), "the last bundle");
	must((fault == TRUST_SOUND) == (why->len == 0), "why");
	if (k->n > 1)
		walks_on(k, k->n - 1, &time, fault, buf_bytes(why));
	return fault;
}

size_t
chain_kit_run(const struct chain_kit_row *rows, size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		AUTO(chain_kit_release) struct chain_kit k;
		AUTO(buf_release) struct buf why = buf_of(4096);

		chain_kit_begin(&k);
		rows[i].spoil(&k);
		enum trust_fault fault = chain_kit_walk(&k, &why);
		if (fault == rows[i].fault)
			continue;
		wrong++;
		printf("%s: %s, not %s: %s\n", rows[i].name,
		       trust_fault_word(fault), trust_fault_word(rows[i].fault),
		       buf_str(&why));
	}
	return wrong;
}
