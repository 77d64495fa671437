/*
 * test_metrics.c - the metrics in Prometheus' text format.
 */
#include <stdio.h>
#include <string.h>

#include "front/metrics.h"
#include "tests/common/base/harness.h"

static struct metrics m;

static const char *
text(struct buf *out)
{
	metrics_put(out, &m);
	CU_ASSERT_EQUAL(buf_status(out), OK);
	return buf_str(out);
}

static void
test_plain(void)
{
	AUTO(buf_release) struct buf out = buf_of(1 << 20);

	metrics_add(&m, METRIC_CHALLENGES, 41);
	metrics_add(&m, METRIC_CHALLENGES, 1);
	metrics_set(&m, METRIC_PENDING, 7);
	const char *t = text(&out);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(t, "# TYPE anchord_front_challenges_total counter\n"
	                  "anchord_front_challenges_total 42\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "# TYPE anchord_front_pending gauge\n"
	                                 "anchord_front_pending 7\n"));
}

static void
test_requests(void)
{
	AUTO(buf_release) struct buf out = buf_of(1 << 20);

	metrics_request(&m, 0, "zero", 201, 0);
	metrics_request(&m, 0, "zero", 201, 1);
	metrics_request(&m, 0, "zero", 503, 7);
	metrics_request(&m, 0, "zero", 201, 99999);
	const char *t = text(&out);
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "requests_total{route=\"zero\","
	                                 "status=\"201\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "requests_total{route=\"zero\","
	                                 "status=\"503\"} 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "bucket{route=\"zero\","
	                                 "le=\"0.001\"} 2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "le=\"0.005\"} 2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "le=\"0.01\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "le=\"5\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "le=\"+Inf\"} 4\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "seconds_sum{route=\"zero\"} "
	                                 "100.007\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "seconds_count{route=\"zero\"} 4\n"));
}

/* Numbers out of range are counted, and never written past an array's end. */
static void
test_out_of_range(void)
{
	metrics_request(&m, 4000000000u, "far", 60000, UINT64_MAX);
	AUTO(buf_release) struct buf out = buf_of(1 << 20);
	CU_ASSERT_PTR_NOT_NULL(strstr(text(&out), "requests_total{route=\"far\""
	                                          ",status=\"0\"} 1\n"));
}

/* Every line is a comment, "name value" or "name{labels} value". */
static void
test_lines(void)
{
	AUTO(buf_release) struct buf out = buf_of(1 << 20);
	char line[512], name[128], labels[256];
	double value;

	for (const char *at = text(&out); *at; at += strcspn(at, "\n") + 1) {
		(void)snprintf(line, sizeof(line), "%.*s",
		               (int)strcspn(at, "\n"), at);
		if (line[0] == '#')
			continue;
		CU_ASSERT(sscanf(line, "%127[a-z_]%255[{}a-z=\"0-9.,+If_n] %lf",
		                 name, labels, &value) == 3 ||
		          sscanf(line, "%127[a-z_] %lf", name, &value) == 2);
	}
}

static unsigned
lines_with(const char *t, const char *part)
{
	unsigned n = 0;

	for (const char *at = strstr(t, part); at; at = strstr(at + 1, part))
		n++;
	return n;
}

#define SHADOW "anchord_front_shadow_"

static void
test_shadows(void)
{
	AUTO(buf_release) struct buf out = buf_of(1 << 20);
	const reason_set boot = reason_bit(REASON_BOOT_STATE);
	const reason_set pcr = reason_bit(REASON_PCR_MISMATCH);
	const struct bytes id = bytes_of_str("next-1");

	shadows_count(&m.shadows, id, 0, 0);
	shadows_count(&m.shadows, id, 0, 0);
	shadows_count(&m.shadows, id, 0, boot | pcr);
	shadows_count(&m.shadows, id, pcr, 0);
	shadows_count(&m.shadows, id, pcr, boot);
	const char *t = text(&out);
	static const char *const lines[] = {
		SHADOW "results_total{shadow=\"next-1\","
		       "difference=\"none\"} 2\n",
		SHADOW "results_total{shadow=\"next-1\","
		       "difference=\"refuses\"} 1\n",
		SHADOW "results_total{shadow=\"next-1\","
		       "difference=\"accepts\"} 1\n",
		SHADOW "results_total{shadow=\"next-1\","
		       "difference=\"reasons\"} 1\n",
		SHADOW "reasons_total{shadow=\"next-1\",change=\"added\","
		       "reason=\"boot-state\"} 2\n",
		SHADOW "reasons_total{shadow=\"next-1\",change=\"added\","
		       "reason=\"pcr-mismatch\"} 1\n",
		SHADOW "reasons_total{shadow=\"next-1\",change=\"removed\","
		       "reason=\"pcr-mismatch\"} 2\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(t, lines[i]));
	CU_ASSERT_EQUAL(lines_with(t, "{shadow="), ARRAY_LEN(lines));
}

/* However many ids come, there are SHADOWS_MAX and one label. */
static void
test_shadow_labels(void)
{
	AUTO(buf_release) struct buf out = buf_of(1 << 20);
	char id[16];

	memset(&m.shadows, 0, sizeof(m.shadows));
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(id, sizeof(id), "policy-%u", i);
		shadows_count(&m.shadows, bytes_of_str(id), 0, 0);
	}
	shadows_count(&m.shadows, bytes_of_str("policy-3"), 0, 0);
	const char *t = text(&out);
	CU_ASSERT_EQUAL(lines_with(t, "{shadow="), SHADOWS_MAX + 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "{shadow=\"policy-3\","
	                                 "difference=\"none\"} 2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t, "{shadow=\"(other)\","
	                                 "difference=\"none\"} 992\n"));
	CU_ASSERT_FALSE(shadows_id_valid(bytes_of_str("(other)")));
	CU_ASSERT_FALSE(shadows_id_valid(bytes_of_str("a\"} 1\n")));
	CU_ASSERT_TRUE(shadows_id_valid(bytes_of_str("policy-3")));
}

static const struct harness_test tests[] = {
	{ "counters and gauges", test_plain },
	{ "requests by route and status, timed", test_requests },
	{ "numbers out of range", test_out_of_range },
	{ "every line parses", test_lines },
	{ "what a shadow policy would change", test_shadows },
	{ "labels of shadow policies are bounded", test_shadow_labels },
	{ NULL, NULL },
};

HARNESS_MAIN("metrics", tests)
