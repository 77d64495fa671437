/*
 * service_governed.c - see service_governed.h.
 */
#include "tests/common/service/service_governed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/digest.h"
#include "hsm/admin/trust.h"
#include "tests/common/service/service_int.h"

#define FILE_MAX 65536

static err_t
begin_chain(const struct service *s, struct governed_kit *ret_kit)
{
	AUTO(buf_release) struct buf text = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf policy = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(pins_free) struct pins *pins = NULL;

	TRY(service_read(s, "pins", &text));
	TRY(pins_parse(buf_bytes(&text), &why, &pins));
	TRY(service_read(s, "policy.conf", &policy));
	governed_kit_begin(ret_kit, pin_spki(&pins->keys[0]), pins->keys[0].alg,
	                   pins->keys[0].uri);
	struct bundle *b = ret_kit->chain.bundles[0];
	b->n_policies = 1;
	(void)snprintf(b->policies[0].id, sizeof(b->policies[0].id), "test");
	digest_sha256(buf_bytes(&policy), b->policies[0].digest);
	return OK;
}

static err_t
put_objects(const struct service *s, const struct governed_kit *kit)
{
	const struct hsm_token_name name = { SERVICE_MODULE, SERVICE_TOKEN, "",
		                             NULL };
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf text = buf_of(256);
	AUTO(buf_release)
	struct buf conf = service_path(s->dir, "softhsm2.conf");
	AUTO(buf_release) struct buf why = buf_of(512);
	struct hsm_trust_head head = { .version = 1 };
	struct hsm_trust_put put;
	uint64_t value = 0;

	TRY(service_read(s, "so-pin", &text));
	TRY(secret_copy(buf_bytes(&text), &so_pin));
	TRY(secret_copy(bytes_of_str(SERVICE_PIN), &pin));
	const struct hsm_trust_officer who = { so_pin, pin };
	memcpy(head.digest, kit->chain.genesis, HASH_SIZE);
	(void)setenv("SOFTHSM2_CONF", buf_str(&conf), 1);
	TRY(hsm_trust_put_genesis(&name, &who, kit->chain.genesis, &why, &put));
	TRY(hsm_trust_move_head(&name, &who, &head, &why));
	TRY(hsm_trust_raise_counter(&name, &who, 1, &why, &value));
	return service_hand_token_over(s);
}

static err_t
edit_config(const struct service *s, const struct governed_kit *kit)
{
	AUTO(buf_release) struct buf from = buf_of(2 * SERVICE_PATH_MAX);
	AUTO(buf_release) struct buf to = buf_of(4 * SERVICE_PATH_MAX);

	buf_printf(&from, "trust: { pins = \"%s/pins\"; };", s->dir);
	buf_printf(&to,
	           "trust: { governance = \"officers\"; bundle = \"%s/chain\"; "
	           "genesis_sha256 = \"%s\"; };",
	           s->dir, kit->genesis);
	return service_edit(s, buf_str(&from), buf_str(&to));
}

err_t
service_govern(const struct service *s, struct governed_kit *ret_kit)
{
	*ret_kit = (struct governed_kit){ .genesis = "" };
	TRY(begin_chain(s, ret_kit));
	TRY(service_chain(s, ret_kit, 1));
	TRY(put_objects(s, ret_kit));
	return edit_config(s, ret_kit);
}

err_t
service_chain(const struct service *s, struct governed_kit *kit, size_t n)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, "chain");
	AUTO(buf_release) struct buf new = service_path(s->dir, "chain.new");

	governed_kit_pack(kit, n);
	FILE *f = fopen(buf_str(&new), "w");
	if (!f)
		return E_IO;
	size_t written = fwrite(kit->pack.data, 1, kit->pack.len, f);
	if (fclose(f) != 0 || written != kit->pack.len)
		return E_IO;
	return rename(buf_str(&new), buf_str(&path)) == 0 ? OK : E_IO;
}

unsigned
service_bundle(const struct service *s)
{
	static const char member[] = "\"trust_bundle_version\":";
	AUTO(buf_release) struct buf body = buf_of(CLIENT_ANSWER_MAX);
	AUTO(client_free) struct client *c = NULL;

	if (client_open(s->monitor, s->port, &c) != OK ||
	    client_exchange(c, "GET", "/readyz", bytes_of(NULL, 0), &body) ==
	            CLIENT_LOST)
		return 0;
	const char *at = strstr(buf_str(&body), member);
	return at ? (unsigned)strtoul(at + strlen(member), NULL, 10) : 0;
}

bool
service_wait_bundle(const struct service *s, unsigned version, unsigned ms)
{
	uint64_t end_at = service_now_ms() + ms;

	while (service_bundle(s) != version) {
		if (service_now_ms() >= end_at)
			return false;
		service_sleep_ms(5);
	}
	return true;
}
