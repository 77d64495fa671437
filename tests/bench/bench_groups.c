/*
 * bench_groups.c - what the service is configured with: officers, a shadow policy, a
 * rollout file, a policy with device groups.
 *
 * The policy has a group by some hundred handles, one by accounts, one by what a
 * phone's hardware attests, one by PCRs with a value of another model; and the last
 * one takes the device, by the value of a PCR.  So every condition is asked.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "tests/common/base/ask.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/service/service_int.h"

#define HANDLES 500 /* of one group */
#define ACCOUNTS 32 /* of one group */
#define POLICY_MAX (256 * 1024)

static const char head[] =
        "id = \"test\"; version = 1;\n"
        "workflows: {\n"
        "  enroll: { bindings = [ \"transport\", \"account\" ];\n"
        "    formats = [ \"tpm2-quote\", \"android-key\" ]; };\n"
        "  metadata: { bindings = [ \"device\", \"transport\", \"request\",\n"
        "    \"account\" ]; formats = [ \"tpm2-quote\", \"android-key\" ]; };\n"
        "};\n"
        "groups: (\n"
        "  { name = \"lab\"; formats = [ \"tpm2-quote\" ];\n"
        "    match: { handles = [ ";

static void
put_digests(struct buf *text, size_t n)
{
	uint8_t digest[HASH_SIZE];

	for (size_t i = 0; i < n; i++) {
		digest_sha256(bytes_of(&i, sizeof(i)), digest);
		buf_append_str(text, i ? ", \"" : "\"");
		encode_hex(text, bytes_of(digest, HASH_SIZE));
		buf_append_str(text, "\"");
	}
}

static void
put_pcr_rule(struct buf *text, unsigned index, const uint8_t *value)
{
	buf_printf(text, "{ bank = \"sha256\"; index = %u; values = [ \"",
	           index);
	encode_hex(text, bytes_of(value, HASH_SIZE));
	buf_append_str(text, "\" ]; }");
}

/* A group that takes quotes which prove this value of PCR 0. */
static void
put_model(struct buf *text, const char *name, const uint8_t *value)
{
	uint8_t other[HASH_SIZE];

	soft_pcr(7, other);
	buf_printf(text,
	           "  { name = \"%s\"; formats = [ \"tpm2-quote\" ];\n"
	           "    match: { tpm2: { pcrs = ( ",
	           name);
	put_pcr_rule(text, 0, value);
	buf_append_str(text, " ); }; };\n    tpm2: { pcrs = ( ");
	put_pcr_rule(text, 7, other);
	buf_append_str(text, " ); }; }");
}

static err_t
configure_groups(const struct service *s)
{
	AUTO(buf_release) struct buf text = buf_of(POLICY_MAX);
	uint8_t ours[HASH_SIZE], another[HASH_SIZE] = { 0 };

	soft_pcr(0, ours);
	buf_append_str(&text, head);
	for (int i = 0; i < HANDLES; i++)
		buf_printf(&text, "%s\"dh1_%043d\"", i ? ", " : "", i);
	buf_append_str(&text,
	               " ]; }; },\n"
	               "  { name = \"slots\"; formats = [ \"tpm2-quote\" ];\n"
	               "    match: { accounts = [ ");
	put_digests(&text, ACCOUNTS);
	buf_append_str(&text,
	               " ]; }; },\n"
	               "  { name = \"phones\"; formats = [ \"android-key\" ];\n"
	               "    match: { android: { brands = [ \"google\" ]; }; }; "
	               "},\n");
	put_model(&text, "old-model", another);
	buf_append_str(&text, ",\n");
	put_model(&text, "gateways", ours);
	buf_append_str(&text, "\n);\n");
	return service_write(s, "policy.conf", &text);
}

/* The shadow policy is the live one's text. */
static err_t
configure_shadow(const struct service *s)
{
	char setting[2 * SERVICE_PATH_MAX];

	(void)snprintf(setting, sizeof(setting),
	               "policy: { shadow = \"%s/policy.conf\";", s->dir);
	return service_edit(s, "policy: {", setting);
}

bool
bench_named(const char *what, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], what) == 0)
			return true;
	return false;
}

err_t
bench_configure(const struct service *s, struct governed_kit *kit, int argc,
                char **argv)
{
	if (bench_named("groups", argc, argv))
		TRY(configure_groups(s));
	if (bench_named("governed", argc, argv))
		TRY(service_govern(s, kit));
	if (bench_named("shadowed", argc, argv))
		TRY(configure_shadow(s));
	if (bench_named("rollout", argc, argv))
		TRY(bench_rollout_configure(s));
	return OK;
}
