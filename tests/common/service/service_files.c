/*
 * service_files.c - everything that the service under test reads: a directory
 * with certificates, a token, configuration and policy.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/common/base/files.h"
#include "tests/common/base/certs.h"
#include "base/encode.h"
#include "tests/common/service/service_int.h"
#include "tests/common/devices/soft_tpm.h"

#define FILE_MAX 16384
#define SO_PIN "1357-2468"
#define UID_LEDGER (SERVICE_UID_BASE + 2)
#define UID_KEYHOLDER (SERVICE_UID_BASE + 3)

struct buf
service_path(const char *dir, const char *name)
{
	struct buf b = buf_of(2 * SERVICE_PATH_MAX);

	buf_printf(&b, "%s/%s", dir, name);
	return b;
}

err_t
service_write(const struct service *s, const char *name, struct buf *text)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);

	TRY(buf_status(text));
	return file_write(buf_str(&path), buf_bytes(text), 0644) ? OK : E_IO;
}

static err_t
write_text(const struct service *s, const char *name, const char *text)
{
	AUTO(buf_release) struct buf b = buf_of(FILE_MAX);

	buf_append_str(&b, text);
	return service_write(s, name, &b);
}

/* A directory that belongs to the role which uses it. */
static err_t
make_dir(const struct service *s, const char *name, uid_t uid)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);

	if (mkdir(buf_str(&path), 0700) != 0)
		return E_IO;
	if (geteuid() == 0 && chown(buf_str(&path), uid, uid) != 0)
		return E_IO;
	return OK;
}

static err_t
make_directories(struct service *s)
{
	snprintf(s->dir, sizeof(s->dir), "/tmp/anchord-test-XXXXXX");
	if (!mkdtemp(s->dir) || chmod(s->dir, 0755) != 0)
		return E_IO;
	snprintf(s->log, sizeof(s->log), "%.200s/log", s->dir);
	TRY(make_dir(s, "ledger", UID_LEDGER));
	TRY(make_dir(s, "supervisor", geteuid()));
	TRY(make_dir(s, "state", UID_KEYHOLDER));
	return make_dir(s, "tokens", UID_KEYHOLDER);
}

static err_t
make_identity(const struct service *s, const char *name,
              struct client_identity **ret_identity)
{
	char pem[SERVICE_PATH_MAX + 32], key[SERVICE_PATH_MAX + 32];
	AUTO(buf_release) struct buf ca = service_path(s->dir, "ca.pem");

	snprintf(pem, sizeof(pem), "%s/%s.pem", s->dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", s->dir, name);
	return client_identity_new(buf_str(&ca), pem, key, ret_identity);
}

static err_t
make_certificates(struct service *s)
{
	AUTO(certs_free) struct certs *certs = NULL;

	TRY(certs_new(s->dir, &certs));
	TRY(certs_issue(certs, "server", "DNS:localhost,IP:127.0.0.1"));
	TRY(certs_issue(certs, "backend-a", "URI:spiffe://example/backend-a"));
	TRY(certs_issue(certs, "backend-b", "URI:spiffe://example/backend-b"));
	TRY(certs_issue(certs, "monitor", "URI:spiffe://example/monitor"));
	TRY(certs_issue(certs, "auditor", "URI:spiffe://example/auditor"));
	TRY(make_identity(s, "auditor", &s->auditor));
	TRY(make_identity(s, "backend-a", &s->backend));
	TRY(make_identity(s, "backend-b", &s->backend_b));
	return make_identity(s, "monitor", &s->monitor);
}

/* anchorctl with the options given, on our token. */
static err_t
anchorctl(const struct service *s, const char *const *rest, const char *out)
{
	AUTO(buf_release)
	struct buf program = service_path(s->bin, "anchorctl");
	AUTO(buf_release) struct buf env = buf_of(FILE_MAX);
	const char *argv[24] = { buf_str(&program) };
	size_t n = 1;

	while (*rest && n + 1 < ARRAY_LEN(argv))
		argv[n++] = *rest++;
	buf_printf(&env, "SOFTHSM2_CONF=%s/softhsm2.conf", s->dir);
	int status = service_run(argv, buf_str(&env), out);
	if (status != 0) {
		printf("anchorctl %s %s: exit %d\n", argv[1], argv[2], status);
		return E_DEVICE;
	}
	return OK;
}

/* SoftHSM's configuration, the PINs, a token with its two keys. */
static err_t
make_token(const struct service *s)
{
	AUTO(buf_release) struct buf conf = buf_of(FILE_MAX);
	AUTO(buf_release) struct buf pin = service_path(s->dir, "pin");
	AUTO(buf_release) struct buf so_pin = service_path(s->dir, "so-pin");
	AUTO(buf_release) struct buf out = service_path(s->dir, "key.json");
	AUTO(buf_release) struct buf pins = service_path(s->dir, "pins");
	const char *const init[] = { "token",
		                     "init",
		                     "--module",
		                     SERVICE_MODULE,
		                     "--label",
		                     SERVICE_TOKEN,
		                     "--so-pin-file",
		                     buf_str(&so_pin),
		                     "--pin-file",
		                     buf_str(&pin),
		                     NULL };
	const char *const keygen[] = {
		"token",        "keygen",      "--module",   SERVICE_MODULE,
		"--token",      SERVICE_TOKEN, "--pin-file", buf_str(&pin),
		"--label",      SERVICE_KEY,   "--json",     "--pins",
		buf_str(&pins), NULL
	};

	buf_printf(&conf,
	           "directories.tokendir = %s/tokens\n"
	           "objectstore.backend = file\n"
	           "log.level = ERROR\n"
	           "slots.removable = false\n"
	           "library.reset_on_fork = true\n",
	           s->dir);
	TRY(service_write(s, "softhsm2.conf", &conf));
	TRY(write_text(s, "pin", SERVICE_PIN));
	TRY(write_text(s, "so-pin", SO_PIN));
	if (chmod(buf_str(&pin), 0400) != 0 ||
	    chmod(buf_str(&so_pin), 0400) != 0)
		return E_IO;
	TRY(anchorctl(s, init, NULL));
	return anchorctl(s, keygen, buf_str(&out));
}

err_t
service_give(const struct service *s, const char *name, unsigned id)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);
	char owner[32];

	snprintf(owner, sizeof(owner), "%u:%u", id, id);
	const char *const argv[] = { "chown", "-R", owner, buf_str(&path),
		                     NULL };
	return geteuid() != 0 || service_run(argv, NULL, NULL) == 0 ? OK : E_IO;
}

err_t
service_hand_token_over(const struct service *s)
{
	return service_give(s, "tokens", UID_KEYHOLDER);
}

/* service_heal() takes the copy back. */
static err_t
keep_golden_copy(const struct service *s)
{
	AUTO(buf_release) struct buf tokens = service_path(s->dir, "tokens");
	AUTO(buf_release) struct buf golden = service_path(s->dir, "golden");
	const char *const argv[] = { "cp", "-a", buf_str(&tokens),
		                     buf_str(&golden), NULL };

	return service_run(argv, NULL, NULL) == 0 ? OK : E_IO;
}

static const char config_text[] =
        "instance: { issuer = \"https://anchord.test\"; node = 1; };\n"
        "listen: { address = \"127.0.0.1\"; port = %u; connections = 1024;\n"
        "          connections_client = 512; };\n"
        "tls: { certificate = \"%s/server.pem\"; key = \"%s/server.key\";\n"
        "       client_ca = \"%s/ca.pem\"; };\n"
        "token: { module = \"" SERVICE_MODULE "\"; uri = \"%s\";\n"
        "         pin_file = \"%s/pin\";\n"
        "         state = \"%s/state\";\n"
        "         environment = [ \"SOFTHSM2_CONF=%s/softhsm2.conf\" ];\n"
        "         paths = [ \"%s/tokens\" ]; };\n"
        "ledger: { directory = \"%s/ledger\"; };\n"
        "policy: { file = \"%s/policy.conf\"; };\n"
        "trust: { pins = \"%s/pins\"; };\n"
        "service: { state_directory = \"%s/supervisor\"; };\n"
        "challenge: { ttl = 600; ttl_max = 3600; };\n"
        "process: { uid_base = %u; };\n"
        "clients = (\n"
        "  { san = \"URI:spiffe://example/backend-a\";\n"
        "    tenant = \"backend-a\"; roles = [ \"backend\" ];\n"
        "    workflows = [ \"enroll\", \"metadata\", \"artifact\" ];\n"
        "    rate = 1000000; burst = 1000000; },\n"
        "  { san = \"URI:spiffe://example/backend-b\";\n"
        "    tenant = \"backend-b\"; roles = [ \"backend\" ];\n"
        "    workflows = [ \"enroll\", \"metadata\" ];\n"
        "    rate = 1000000; burst = 1000000; },\n"
        "  { san = \"URI:spiffe://example/auditor\";\n"
        "    roles = [ \"auditor\" ]; rate = 10000; },\n"
        "  { san = \"URI:spiffe://example/monitor\";\n"
        "    roles = [ \"monitor\" ]; rate = 10000; }\n"
        ");\n";

static err_t
write_config(const struct service *s)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, "key.json");
	AUTO(buf_release) struct buf text = buf_of(FILE_MAX);
	const char *d = s->dir;

	json_t *key = json_load_file(buf_str(&path), 0, NULL);
	const char *uri = json_string_value(json_object_get(key, "uri"));
	if (uri)
		buf_printf(&text, config_text, s->port, d, d, d, uri, d, d, d,
		           d, d, d, d, d, SERVICE_UID_BASE);
	else
		printf("token keygen --json gave no uri\n");
	json_decref(key);
	return text.len ? service_write(s, "anchord.conf", &text) : E_CONFIG;
}

/* One rule of a PCR, with the value that soft TPMs have. */
static void
put_pcr(struct buf *text, unsigned index)
{
	uint8_t value[HASH_SIZE];

	soft_pcr(index, value);
	buf_printf(text, "    { bank = \"sha256\"; index = %u; values = [ \"",
	           index);
	encode_hex(text, bytes_of(value, sizeof(value)));
	buf_append_str(text, "\" ]; }");
}

static err_t
write_policy(const struct service *s)
{
	static const char workflow[] =
	        "  %s: { bindings = [ %s ]; formats = [ \"tpm2-quote\" ]; };\n";
	AUTO(buf_release) struct buf text = buf_of(FILE_MAX);

	buf_append_str(&text, "id = \"test\";\nversion = 1;\nworkflows: {\n");
	buf_printf(&text, workflow, "enroll", "\"transport\"");
	buf_printf(&text, workflow, "metadata",
	           "\"device\", \"transport\", \"request\"");
	buf_printf(&text, workflow, "artifact", "\"device\"");
	buf_append_str(&text, "};\ntpm2: {\n"
	                      "  schemes = [ \"rsassa\", \"ecdsa\" ];\n"
	                      "  hashes = [ \"sha256\" ];\n"
	                      "  pcrs = (\n");
	put_pcr(&text, 0);
	buf_append_str(&text, ",\n");
	put_pcr(&text, 7);
	buf_append_str(&text, "\n  );\n};\n");
	return service_write(s, "policy.conf", &text);
}

err_t
service_files(struct service *s)
{
	if (access(SERVICE_MODULE, R_OK) != 0)
		return E_NOT_FOUND;
	TRY(make_directories(s));
	TRY(make_certificates(s));
	TRY(make_token(s));
	TRY(service_hand_token_over(s));
	TRY(keep_golden_copy(s));
	TRY(write_config(s));
	return write_policy(s);
}
