/*
 * verb_result_dpop.c - see verb_result_dpop.h.
 */
#include <string.h>

#include "crypto/keys/confirmation.h"
#include "crypto/token/dpop.h"
#include "crypto/token/htu.h"
#include "provisioning/anchorctl/verb_result_dpop.h"

static int
read_dpop_words(struct cli *cli, struct result_dpop *d)
{
	AUTO(buf_release) struct buf url = buf_of(2 * HTU_MAX);
	const char *age = cli_option(cli, "dpop-age", 0);

	d->method = cli_option(cli, "method", 0);
	d->url = cli_option(cli, "url", 0);
	d->age_s = DPOP_AGE_USUAL_S;
	if (d->asked != (d->method && d->url) ||
	    (!d->asked && (d->method || d->url || age)))
		return cli_fail(cli, VERB_USAGE,
		                "--dpop needs --method and --url; they and "
		                "--dpop-age need --dpop");
	if (age &&
	    (!cli_number(age, DPOP_AGE_MAX_S, &d->age_s) || d->age_s == 0))
		return cli_fail(cli, VERB_USAGE,
		                "--dpop-age must be a number of seconds from 1 "
		                "to %u: %s",
		                DPOP_AGE_MAX_S, age);
	if (d->asked && htu_normalize(bytes_of_str(d->url), &url) != OK)
		return cli_fail(cli, VERB_USAGE,
		                "--url must be a URL of http or https: %s",
		                d->url);
	return VERB_GOOD;
}

int
result_dpop_read(struct cli *cli, struct result_dpop *ret)
{
	const char *path = cli_option(cli, "dpop", 0);

	/* A line end, and one byte more, so that a proof that is too long is
	 * not read in part. */
	*ret = (struct result_dpop){ .asked = path != NULL,
		                     .proof = buf_of(DPOP_MAX + 3) };
	int code = read_dpop_words(cli, ret);
	if (code != VERB_GOOD || !path)
		return code;
	if (cli_read_file(cli, path, &ret->proof) != OK)
		return VERB_PART;
	verify_trim_text(&ret->proof);
	return VERB_GOOD;
}

void
result_dpop_release(struct result_dpop *d)
{
	buf_release(&d->proof);
}

static int
refuse_dpop(struct cli *cli, enum dpop_fault fault, json_t *answer)
{
	json_object_set_new(answer, "why", json_string(dpop_fault_text(fault)));
	return verify_answer(cli, dpop_fault_word(fault), answer, VERB_REFUSED);
}

int
result_dpop_judge(struct cli *cli, const struct result_dpop *d,
                  const struct verify_input *in, json_t *answer)
{
	AUTO(buf_release) struct buf jti = buf_of(DPOP_MAX);
	const json_t *claims = json_object_get(answer, "claims");
	enum dpop_fault fault = DPOP_NONE;
	char jkt[KID_SIZE];
	const struct dpop_terms terms = {
		.result = buf_bytes(&in->token),
		.jkt = jkt,
		.method = bytes_of_str(d->method),
		.url = bytes_of_str(d->url),
		.now_s = in->now_s,
		.age_s = d->age_s,
	};

	if (confirmation_of_cnf(json_object_get(claims, "cnf"), jkt) != OK)
		return refuse_dpop(cli, DPOP_NO_KEY, answer);
	err_t err = dpop_verify(buf_bytes(&d->proof), &terms, &jti, &fault);
	if (err == E_DENIED)
		return refuse_dpop(cli, fault, answer);
	if (err != OK) {
		json_decref(answer);
		return cli_fail(cli, VERB_PART, "%s", err_name(err));
	}
	json_object_set_new(
	        answer, "possession",
	        json_pack("{s:s, s:s}", "jkt", jkt, "jti", buf_str(&jti)));
	return verify_answer(cli, "eligible", answer, VERB_GOOD);
}
