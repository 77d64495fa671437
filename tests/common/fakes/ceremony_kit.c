/*
 * ceremony_kit.c - see ceremony_kit.h.
 */
#include "tests/common/fakes/ceremony_kit.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "tests/common/base/harness.h"
#include "trust/ceremony_keys.h"

static const char *const kit_roles[3] = { "officer", "witness", "hsm" };

void
ceremony_kit_release(struct ceremony_kit *k)
{
	ceremony_plan_free(k->plan);
	ceremony_site_free(k->site);
	for (size_t i = 0; i < ENTRIES_ROOM; i++) {
		buf_release(&k->entries[i].does);
		buf_release(&k->entries[i].output);
	}
	for (size_t i = 0; i < 3; i++)
		buf_release(&k->signatures[i]);
	buf_release(&k->text);
	buf_release(&k->why);
}
void
ceremony_kit_line(struct ceremony_kit *k, size_t entry, const char *line)
{
	transcript_put_line(&k->entries[entry].output, bytes_of_str(line));
}

void
ceremony_kit_key(struct ceremony_kit *k, size_t entry, const char *name)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, name);
	AUTO(buf_release) struct buf line = buf_of(1024);

	buf_printf(&line, "object public-key ec '%s' id 01: token", name);
	ceremony_put_key(soft_key_spki(soft), &line);
	transcript_put_line(&k->entries[entry].output, buf_bytes(&line));
}

void
ceremony_kit_printed(struct ceremony_kit *k, size_t entry, const char *name)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, name);
	AUTO(buf_release) struct buf line = buf_of(1024);
	uint8_t hash[HASH_SIZE];

	digest_sha256(soft_key_spki(soft), hash);
	buf_append_str(&line, "SHA-256 of the public key ");
	encode_hex(&line, bytes_of(hash, HASH_SIZE));
	transcript_put_line(&k->entries[entry].output, buf_bytes(&line));
}

struct ceremony_kit_entry *
ceremony_kit_add(struct ceremony_kit *k, uint32_t step, uint32_t status)
{
	struct ceremony_kit_entry *e = &k->entries[k->n];

	*e = (struct ceremony_kit_entry){ .step = step,
		                          .status = status,
		                          .time_s = 1796040000 + k->n++,
		                          .does = buf_of(4096),
		                          .output = buf_of(65536) };
	if (step == 0)
		buf_append_str(&e->does, "begin");
	else if (step > k->plan->n_steps)
		buf_append_str(&e->does, "end");
	else
		ceremony_put_step(k->plan, k->site, step - 1, &e->does);
	return e;
}

void
ceremony_kit_begin(struct ceremony_kit *k, const char *plan)
{
	*k = (struct ceremony_kit){ .plan_text = plan,
		                    .keys = { "officer", "witness", "hsm" },
		                    .namespace = TRANSCRIPT_NAMESPACE,
		                    .text = buf_of(TRANSCRIPT_TEXT_MAX),
		                    .why = buf_of(4096) };
	for (size_t i = 0; i < 3; i++)
		k->signatures[i] = buf_of(SSH_SIG_TEXT_MAX);
	CU_ASSERT_EQUAL_FATAL(
	        ceremony_plan_parse(bytes_of_str(plan), &k->why, &k->plan), OK);
	CU_ASSERT_EQUAL_FATAL(
	        ceremony_site_parse(bytes_of_str(SITE), &k->why, &k->site), OK);
	k->begin =
	        (struct ceremony_begin){ k->plan, k->site,
		                         bytes_of_str("anchorctl 1"), false };
	ceremony_put_begin(&ceremony_kit_add(k, 0, 0)->output, &k->begin);
	ceremony_kit_key(k, BEGIN, "old");
	ceremony_kit_add(k, 1, 0);
	ceremony_kit_add(k, 2, 1);
	ceremony_kit_add(k, 2, 0);
	ceremony_kit_printed(k, MADE, "hsm");
	ceremony_kit_add(k, 3, 0);
	ceremony_kit_add(k, 4, 0);
	ceremony_kit_key(k, END, "old");
	ceremony_kit_key(k, END, "hsm");
}

void
ceremony_kit_write(struct ceremony_kit *k)
{
	struct transcript_entry e = { .text = bytes_of(NULL, 0) };

	buf_reset(&k->text);
	transcript_put_head(&k->text);
	for (size_t i = 0; i < k->n; i++) {
		AUTO(buf_release) struct buf one = buf_of(TRANSCRIPT_TEXT_MAX);
		struct ceremony_kit_entry *from = &k->entries[i];

		e.time_s = from->time_s;
		e.step = from->step;
		e.status = from->status;
		e.does = buf_bytes(&from->does);
		e.output = buf_bytes(&from->output);
		transcript_put_entry(&one, i, &e);
		digest_sha256(buf_bytes(&one), e.previous);
		buf_append(&k->text, buf_bytes(&one));
	}
}

void
ceremony_kit_before_end(struct ceremony_kit *k,
                        uint8_t ret_hash[static HASH_SIZE])
{
	AUTO(transcript_free) struct transcript *t = NULL;

	ceremony_kit_write(k);
	CU_ASSERT_EQUAL_FATAL(
	        transcript_parse(buf_bytes(&k->text), &k->why, &t), OK);
	memcpy(ret_hash, t->entries[t->n - 1].previous, HASH_SIZE);
}

void
ceremony_kit_sign(struct ceremony_kit *k)
{
	k->n_signers = 0;
	for (size_t i = 0; i < 3; i++) {
		if (!k->keys[i])
			continue;
		AUTO(soft_key_free)
		struct soft_key *soft = soft_key_new(ALG_ES256, k->keys[i]);

		buf_reset(&k->signatures[i]);
		ssh_kit_sign(soft, bytes_of_str(k->namespace),
		             buf_bytes(&k->text), &k->signatures[i]);
		k->signers[k->n_signers++] = (struct ceremony_signer){
			.role = kit_roles[i],
			.key = ssh_kit_key_of(soft),
			.signature = buf_bytes(&k->signatures[i]),
		};
	}
}

err_t
ceremony_kit_judge(struct ceremony_kit *k)
{
	const struct ceremony_evidence evidence = {
		.plan = bytes_of_str(k->plan_text),
		.transcript = buf_bytes(&k->text),
		.rehearsal = k->expect_rehearsal,
		.n_signers = k->n_signers,
		.signers = k->signers,
		.attest = k->attest,
	};

	buf_reset(&k->why);
	err_t err = ceremony_judge(&evidence, &k->why, &k->found);
	CU_ASSERT_EQUAL(err == OK, k->why.len == 0);
	return err;
}

void
ceremony_kit_must(struct ceremony_kit *k, const char *words)
{
	ceremony_kit_write(k);
	ceremony_kit_sign(k);
	err_t err = ceremony_kit_judge(k);
	bool good = words ? err != OK && strstr(buf_str(&k->why), words)
	                  : err == OK;

	if (!good)
		printf("  %s, not %s\n", buf_str(&k->why),
		       words ? words : "sound");
	CU_ASSERT_TRUE(good);
}

void
ceremony_kit_refuse_plan(const char *text, const char *words)
{
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;
	AUTO(buf_release) struct buf why = buf_of(4096);

	CU_ASSERT_EQUAL(ceremony_plan_parse(bytes_of_str(text), &why, &plan),
	                E_MALFORMED);
	if (!strstr(buf_str(&why), words))
		printf("  '%s', not '%s'\n", buf_str(&why), words);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), words));
}
