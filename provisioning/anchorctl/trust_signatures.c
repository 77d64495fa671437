/*
 * trust_signatures.c - see trust_signatures.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "provisioning/anchorctl/trust_signatures.h"
#include "trust/walk.h"

static const struct officer *
row_named(const struct officer_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].name, name) == 0)
			return &set->rows[i];
	return NULL;
}

/* The first quorum's officers have their names; another key for one of these
 * names is the one to come. */
static bool
is_new_key(const struct trust_quorum *quorums, size_t i,
           const struct officer *row)
{
	const struct officer *first =
	        i > 0 ? row_named(quorums[0].set, row->name) : NULL;

	return first && strcmp(first->key, row->key) != 0;
}

void
trust_signature_file(const struct trust_quorum *quorums, size_t i,
                     const struct officer *row,
                     char ret_name[static PROPOSAL_NAME_SIZE])
{
	(void)snprintf(ret_name, PROPOSAL_NAME_SIZE, "%s%s", row->name,
	               is_new_key(quorums, i, row) ? PROPOSAL_NEW_SUFFIX : "");
}

static bool
has_key(const struct officer *row, const struct ssh_key *key)
{
	struct ssh_key own;

	return ssh_key_parse(bytes_of_str(row->key), &own) == OK &&
	       memcmp(own.id, key->id, HASH_SIZE) == 0;
}

bool
trust_signature_names(const struct officer *row, struct bytes signature)
{
	struct ssh_key key;

	return ssh_sig_key(signature, &key) == OK && has_key(row, &key);
}

const struct officer *
trust_signature_officer(const struct trust_quorum *quorums, size_t n,
                        const char *name, const struct ssh_key *key,
                        char ret_file[static PROPOSAL_NAME_SIZE])
{
	for (size_t i = 0; i < n; i++) {
		const struct officer *row = row_named(quorums[i].set, name);

		if (!row || !has_key(row, key))
			continue;
		trust_signature_file(quorums, i, row, ret_file);
		return row;
	}
	return NULL;
}

err_t
trust_signature_check(const struct officer *row, const struct bundle *next,
                      struct bytes text, struct bytes signature,
                      struct buf *why)
{
	char until[CLOCK_TEXT_SIZE];
	struct ssh_key key;

	if (ssh_key_parse(bytes_of_str(row->key), &key) != OK) {
		buf_append_str(why, "the officer's key cannot be read");
		return E_DENIED;
	}
	err_t err = ssh_sig_verify(&key, bytes_of_str(TRUST_NAMESPACE), text,
	                           signature, why);
	if (err == E_MALFORMED)
		return E_DENIED;
	TRY(err);
	if (officer_serves(row, next->issued_s))
		return OK;
	clock_format(row->until_s * 1000, until);
	buf_printf(why, "the officer signs nothing that is issued after %s",
	           until);
	return E_DENIED;
}

struct trust_version
proposal_version(const struct proposal *p)
{
	struct trust_version v = { .text = buf_bytes(&p->text),
		                   .n_signatures = p->n };

	for (size_t i = 0; i < p->n; i++)
		v.signatures[i] = (struct trust_signature){
			.name = bytes_of_str(p->all[i].name),
			.text = buf_bytes(&p->all[i].text),
		};
	return v;
}

/* --- the verdict ---------------------------------------------------------- */

err_t
proposal_judge_signature(const struct proposal *p, const struct bundle *before,
                         const char *name, struct bytes signature,
                         struct buf *why)
{
	struct trust_quorum quorums[TRUST_QUORUMS_MAX];
	size_t n = trust_quorums(before, p->next, quorums);
	char file[PROPOSAL_NAME_SIZE];
	err_t err = E_NOT_FOUND;

	for (size_t i = 0; i < n && err != OK; i++)
		for (size_t k = 0; k < quorums[i].set->n && err != OK; k++) {
			const struct officer *row = &quorums[i].set->rows[k];

			trust_signature_file(quorums, i, row, file);
			if (strcmp(file, name) != 0)
				continue;
			buf_reset(why);
			err = trust_signature_check(row, p->next,
			                            buf_bytes(&p->text),
			                            signature, why);
		}
	if (err == E_NOT_FOUND)
		buf_append_str(why, "no officer who signs this has that name");
	return err;
}

static bool
signatures_count(const struct proposal *p, const struct bundle *before,
                 struct buf *why)
{
	for (size_t i = 0; i < p->n; i++) {
		AUTO(buf_release) struct buf cause = buf_of(TRUST_WHY_MAX);

		if (proposal_judge_signature(p, before, p->all[i].name,
		                             buf_bytes(&p->all[i].text),
		                             &cause) == OK)
			continue;
		buf_printf(why, "the signature %s does not count (%s)",
		           p->all[i].name, buf_str(&cause));
		return false;
	}
	return true;
}

/* As the service judges the chain that has it, to the second: a clock that goes
 * a little slow waits, since what is applied here must be accepted there. */
static bool
time_fits(const struct bundle *next, struct buf *why)
{
	const uint64_t now_s = clock_wall_ms() / 1000;
	const enum trust_fault fault = trust_judge_times(next, now_s, now_s);
	char text[CLOCK_TEXT_SIZE];

	if (fault == TRUST_EARLY) {
		clock_format(next->issued_s * 1000, text);
		buf_printf(why, "it is issued in the future, %s", text);
	} else if (fault != TRUST_SOUND) {
		clock_format(next->apply_before_s * 1000, text);
		buf_printf(why, "it was to be applied before %s", text);
	}
	return fault == TRUST_SOUND;
}

bool
proposal_acceptable(const struct proposal *p, const struct chain_file *chain,
                    struct buf *why)
{
	const struct bundle *before = chain ? chain->last : NULL;
	const struct trust_version version = proposal_version(p);
	AUTO(buf_release) struct buf cause = buf_of(TRUST_WHY_MAX);
	AUTO(bundle_free) struct bundle *next = NULL;
	uint8_t genesis[HASH_SIZE];

	err_t err = bundle_parse(version.text, &cause, &next);
	if (err != OK) {
		buf_printf(why, "the text is not whole: %s",
		           cause.len ? buf_str(&cause) : err_name(err));
		return false;
	}
	if (!time_fits(next, why) || !signatures_count(p, before, why))
		return false;
	if (before)
		chain_file_genesis(chain, genesis);
	else
		memcpy(genesis, next->digest, HASH_SIZE);
	enum trust_fault fault =
	        trust_step(before, next, &version, genesis, &cause);
	if (fault == TRUST_SOUND)
		return true;
	chain_file_put_fault(why, fault, &cause);
	return false;
}
