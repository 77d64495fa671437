/*
 * service_tpm.c - see service_tpm.h.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/encode.h"
#include "tests/common/service/service_int.h"
#include "tests/common/service/service_tpm.h"

/* What keygen printed. */
struct key {
	char uri[512];
	char hash[2 * HASH_SIZE + 1];
};

static err_t
read_key(const struct service *s, const char *name, struct key *ret_key)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);
	json_t *o = json_load_file(buf_str(&path), 0, NULL);
	const char *uri = json_string_value(json_object_get(o, "uri"));
	const char *hash =
	        json_string_value(json_object_get(o, "public_sha256"));
	err_t err = uri && hash ? OK : E_CONFIG;

	if (err == OK) {
		snprintf(ret_key->uri, sizeof(ret_key->uri), "%s", uri);
		snprintf(ret_key->hash, sizeof(ret_key->hash), "%s", hash);
	}
	json_decref(o);
	return err;
}

static err_t
keygen(const struct service *s, struct swtpm *t, struct key *ret_key)
{
	AUTO(buf_release)
	struct buf program = service_path(s->bin, "anchorctl");
	AUTO(buf_release) struct buf pin = service_path(s->dir, "pin");
	AUTO(buf_release) struct buf out = service_path(s->dir, "tpm.json");
	AUTO(buf_release) struct buf pins = service_path(s->dir, "pins");
	const char *const argv[] = { buf_str(&program), "token",  "keygen",
		                     "--uri",           t->bare,  "--pin-file",
		                     buf_str(&pin),     "--json", "--pins",
		                     buf_str(&pins),    NULL };

	(void)unlink(buf_str(&pins)); /* the soft token's key */
	if (service_run(argv, NULL, buf_str(&out)) != 0)
		return E_DEVICE;
	TRY(read_key(s, "tpm.json", ret_key));
	snprintf(t->uri, sizeof(t->uri), "%s", ret_key->uri);
	return decode_hex_exact(bytes_of_str(ret_key->hash), t->public_sha256,
	                        HASH_SIZE);
}

err_t
service_on_tpm(const struct service *s, struct swtpm *t)
{
	struct key soft;
	struct key tpm;

	if (!swtpm_open(t))
		return E_NOT_FOUND;
	secret_free(t->pin);
	t->pin = NULL;
	TRY(secret_copy(bytes_of_str(SERVICE_PIN), &t->pin));
	TRY(read_key(s, "key.json", &soft));
	TRY(keygen(s, t, &tpm));
	TRY(service_edit(s, "\"" SERVICE_MODULE "\"", "\"\""));
	return service_edit(s, soft.uri, tpm.uri);
}

err_t
service_start_on_tpm(struct swtpm *t, struct service **ret_service)
{
	AUTO(service_free) struct service *s = NULL;

	TRY(service_prepare(&s));
	TRY(service_on_tpm(s, t));
	TRY(service_launch(s));
	if (!service_wait_ready(s, SERVICE_READY_MS)) {
		service_print_log(s, 30);
		return E_DEVICE;
	}
	*ret_service = TAKE(s);
	return OK;
}
