/*
 * test_share.c - staged rollouts over a million devices: each stage reaches its
 * share, nobody leaves while the share grows, and one release says nothing about
 * the next.
 *
 * The handles are "dh1_" and the base64url of SHA-256 of a number, which is what
 * real ones look like.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "eligibility/eligibility.h"
#include "tests/common/base/harness.h"
#include "tests/unit/eligibility/fleet.h"

#define DEVICES 1000000u
#define HANDLE_LEN 47
#define HALF_PERCENT (DEVICES / 200)

static const struct {
	double percent;
	const char *text;
} shares[] = {
	{ 0, "0" },       { 0.000001, "0.000001" },
	{ 0.1, "0.1" },   { 1, "1" },
	{ 5, "5" },       { 12.5, "12.5" },
	{ 25, "25" },     { 50, "50" },
	{ 75, "75" },     { 99, "99" },
	{ 99.9, "99.9" }, { 99.999999, "99.999999" },
	{ 100, "100" },
};

static char (*handles)[HANDLE_LEN + 1];

static void
begin_tests(void)
{
	handles = calloc(DEVICES, sizeof(*handles));
	CU_ASSERT_PTR_NOT_NULL_FATAL(handles);
	for (uint32_t i = 0; i < DEVICES; i++) {
		AUTO(buf_release) struct buf b = buf_of(64);
		uint8_t digest[HASH_SIZE];

		digest_sha256(bytes_of(&i, sizeof(i)), digest);
		buf_append_str(&b, "dh1_");
		encode_base64url(&b, bytes_of(digest, HASH_SIZE));
		(void)snprintf(handles[i], sizeof(handles[i]), "%s",
		               buf_str(&b));
	}
}

static void
end_tests(void)
{
	free(handles);
}

static struct rollout *
rollout_of(const char *seed, const char *percent)
{
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout *r = NULL;

	buf_printf(&text,
	           "id=\"x\"; version=1; channels:({name=\"c\";});"
	           "releases:({release=\"r\"; channel=\"c\"; seed=\"%s\";"
	           "stages:({name=\"s\"; percent=\"%s\";});});",
	           seed, percent);
	CU_ASSERT_EQUAL_FATAL(rollout_parse(buf_bytes(&text), &why, &r), OK);
	return r;
}

static bool
is_reached(const struct rollout *r, uint32_t i)
{
	const struct eligibility_ask ask = {
		.now_s = 1800000000,
		.handle = bytes_of(handles[i], HANDLE_LEN),
		.channel = bytes_of_str("c"),
		.release = bytes_of_str("r"),
	};
	struct eligibility_answer a;

	eligibility_judge(r, &ask, NULL, &a);
	CU_ASSERT(a.reasons == 0 ||
	          a.reasons == reason_bit(REASON_ROLLOUT_NOT_REACHED));
	return a.reasons == 0;
}

/* Each share in turn, upwards, over the same devices. */
static void
test_stages(void)
{
	uint8_t *was = calloc(DEVICES, 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(was);
	for (size_t k = 0; k < ARRAY_LEN(shares); k++) {
		struct rollout *r = rollout_of(FLEET_SEED_11, shares[k].text);
		uint32_t reached = 0, left = 0;
		double wanted = shares[k].percent * DEVICES / 100;

		for (uint32_t i = 0; i < DEVICES; i++) {
			bool now = is_reached(r, i);

			reached += now;
			left += was[i] && !now;
			was[i] = now;
		}
		rollout_free(r);
		printf("  %s percent: %u of %u devices\n", shares[k].text,
		       reached, DEVICES);
		CU_ASSERT_EQUAL(left, 0);
		CU_ASSERT(fabs(reached - wanted) <= HALF_PERCENT);
		if (shares[k].percent == 0)
			CU_ASSERT_EQUAL(reached, 0);
		if (shares[k].percent == 100)
			CU_ASSERT_EQUAL(reached, DEVICES);
	}
	free(was);
}

/* Of two releases at one half each, a quarter of the devices is in both, one in
 * neither: the correlation is nought.  5 standard deviations of it are 0.005. */
static void
test_independent(void)
{
	struct rollout *a = rollout_of(FLEET_SEED_11, "50");
	struct rollout *b = rollout_of(FLEET_SEED_6, "50");
	double in_a = 0, in_b = 0, both = 0, n = DEVICES;

	for (uint32_t i = 0; i < DEVICES; i++) {
		bool x = is_reached(a, i), y = is_reached(b, i);

		in_a += x;
		in_b += y;
		both += x && y;
	}
	rollout_free(a);
	rollout_free(b);
	double covariance = n * both - in_a * in_b;
	double squared = covariance * covariance /
	                 (in_a * (n - in_a) * in_b * (n - in_b));
	printf("  correlation of two releases, squared: %.3g\n", squared);
	CU_ASSERT(squared < 0.005 * 0.005);
}

static const struct harness_test tests[] = {
	{ "(begins)", begin_tests },
	{ "each stage reaches its share, and nobody leaves", test_stages },
	{ "two releases have nothing in common", test_independent },
	{ "(ends)", end_tests },
	{ NULL, NULL },
};

HARNESS_MAIN("share", tests)
