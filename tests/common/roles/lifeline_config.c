/*
 * lifeline_config.c - the configuration that a role reads in a test; see
 * lifeline.h.
 */
#include "tests/common/roles/lifeline.h"

static const char *
or_else(const char *given, const char *fallback)
{
	return given ? given : fallback;
}

void
lifeline_config(struct buf *out, const struct lifeline_config *c)
{
	buf_printf(out,
	           "instance: { issuer=\"" LIFELINE_ISSUER "\"; node=1; "
	           "log_level=\"%s\"; };\n",
	           or_else(c->log_level, "warn"));
	buf_printf(out,
	           "tls: { certificate=\"/c\"; key=\"/k\"; "
	           "client_ca=\"/a\"; %s };\n"
	           "policy: { file=\"/p\"; %s }; "
	           "service: { state_directory=\"%s\"; }; "
	           "trust: { ",
	           or_else(c->tls_more, ""), or_else(c->policy_more, ""),
	           or_else(c->state_directory, "/s"));
	if (c->genesis)
		buf_printf(out,
		           "governance=\"officers\"; bundle=\"/b\"; "
		           "genesis_sha256=\"%s\"; ",
		           c->genesis);
	else
		buf_printf(out, "pins=\"%s\"; ", or_else(c->pins, "/i"));
	buf_printf(out, "%s };\n", or_else(c->trust_more, ""));
	buf_printf(out,
	           "token: { module=\"%s\"; uri=\"%s\"; "
	           "state=\"%s\";\n%s };\n",
	           or_else(c->token_module, "/m"),
	           or_else(c->token_uri, "pkcs11:object=k"),
	           or_else(c->token_state, "/nonexistent"),
	           or_else(c->token_more, ""));
	buf_printf(out, "ledger: { directory=\"%s\"; };\n%s",
	           or_else(c->ledger_directory, "/nonexistent"),
	           or_else(c->more, ""));
}
