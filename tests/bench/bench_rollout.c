/*
 * bench_rollout.c - a rollout file that asks every rule, and admits the device.
 *
 * Groups by format, time and handle, two of them denied, a channel with windows
 * and every limit, a release with a seed and stages by group, share and time.  No
 * build: a quote shows none.
 */
#include "tests/bench/bench.h"

#include "tests/common/service/service_int.h"

#define HANDLES 1000 /* of a group that is denied */
#define ROLLOUT_FILE_MAX (256 * 1024)

static const char groups[] =
        "id = \"bench\"; version = 1;\n"
        "groups: (\n"
        "  { name = \"gateways\"; formats = [ \"tpm2-quote\" ];\n"
        "    enrolled_from = \"2020-01-01T00:00:00Z\"; },\n"
        "  { name = \"phones\"; formats = [ \"android-key\" ]; },\n"
        "  { name = \"lost\"; handles = [ ";

/* A window that opens when it closes is open all day. */
static const char rules[] =
        " ]; } );\n"
        "channels: ( { name = \"" BENCH_CHANNEL "\";\n"
        "  deny = [ \"lost\", \"phones\" ]; allow = [ \"gateways\" ];\n"
        "  windows = (\n"
        "    { from = \"00:00\"; to = \"12:00\";\n"
        "      zone = \"CET-1CEST,M3.5.0,M10.5.0/3\"; },\n"
        "    { from = \"12:00\"; to = \"00:00\";\n"
        "      zone = \"CET-1CEST,M3.5.0,M10.5.0/3\"; } );\n"
        "  limits = { concurrent = 1000; rate = 1000; period = \"1h\";\n"
        "             permit = \"12h\"; attempts = 1000; cooldown = \"1s\"; "
        "};\n"
        "} );\n"
        "releases: ( { release = \"" BENCH_RELEASE "\";\n"
        "  channel = \"" BENCH_CHANNEL "\"; seed = \"00112233445566778899"
        "aabbccddeeff00112233445566778899aabbccddeeff\";\n"
        "  stages = ( { name = \"canary\"; group = \"phones\"; },\n"
        "    { name = \"tenth\"; percent = 10; from = "
        "\"2026-01-01T00:00:00Z\";\n"
        "      ramp = \"3d\"; },\n"
        "    { name = \"all\"; percent = 100; from = \"2026-02-01T00:00:00Z\"; "
        "} );\n"
        "} );\n";

err_t
bench_rollout_configure(const struct service *s)
{
	AUTO(buf_release) struct buf text = buf_of(ROLLOUT_FILE_MAX);
	AUTO(buf_release) struct buf setting = buf_of(SERVICE_PATH_MAX * 2);

	buf_append_str(&text, groups);
	for (int i = 0; i < HANDLES; i++)
		buf_printf(&text, "%s\"dh1_%043d\"", i ? ", " : "", i);
	buf_append_str(&text, rules);
	TRY(service_write(s, "rollout.conf", &text));
	buf_printf(&setting,
	           "rollout: { file = \"%s/rollout.conf\"; };\n"
	           "challenge: {",
	           s->dir);
	return service_edit(s, "challenge: {", buf_str(&setting));
}
