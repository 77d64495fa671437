/*
 * service_android.c - a service that knows software Android devices: their
 * root, no list of revocations, a policy for their system.
 */
#include <stdio.h>

#include "base/encode.h"
#include "tests/common/fakes/phone.h"
#include "tests/common/service/service_int.h"

#define FILE_MAX 16384

static err_t
write_policy(const struct service *s)
{
	static const char *const free[] = { "enroll", "register" };
	static const char *const bound[] = { "metadata", "artifact",
		                             "channel" };
	AUTO(buf_release) struct buf text = buf_of(FILE_MAX);
	struct km_root root = km_root_of(0), other = km_root_of(0);

	other.key[0] ^= 1;
	buf_append_str(&text, "id = \"test\";\nversion = 1;\nworkflows: {\n");
	for (size_t i = 0; i < ARRAY_LEN(free); i++)
		buf_printf(&text, "%s: { formats = [\"android-key\"]; };\n",
		           free[i]);
	for (size_t i = 0; i < ARRAY_LEN(bound); i++)
		buf_printf(&text,
		           "%s: { bindings = [\"device\"]; "
		           "formats = [\"android-key\"]; };\n",
		           bound[i]);
	buf_append_str(&text, "};\nandroid: { boot_states = [\"self_signed\"];"
	                      " boot_keys = [\"");
	encode_hex(&text, bytes_of(root.key, root.key_len));
	buf_append_str(&text, "\", \"");
	encode_hex(&text, bytes_of(other.key, other.key_len));
	buf_append_str(&text, "\"]; };\n");
	return service_write(s, "policy.conf", &text);
}

err_t
service_android(const struct service *s)
{
	AUTO(buf_release) struct buf pem = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf groups = buf_of(FILE_MAX);

	TRY(phone_root(&pem));
	TRY(service_write(s, "roots.pem", &pem));
	TRY(write_policy(s));
	buf_printf(&groups,
	           "trust: { anchors = ( { file = \"%s/roots.pem\";"
	           " purposes = [\"android-key\"]; } ); ",
	           s->dir);
	TRY(service_edit(s, "trust: { ", buf_str(&groups)));
	buf_reset(&groups);
	buf_printf(&groups, "revocation: { max_age = 0; };\nchallenge: {");
	TRY(service_edit(s, "challenge: {", buf_str(&groups)));
	return service_edit(
	        s, "\"enroll\", \"metadata\", \"artifact\"",
	        "\"enroll\", \"register\", \"metadata\", \"artifact\", "
	        "\"channel\"");
}
