/*
 * pair_files.c - creates a second token for the service under test, and a
 * configuration with both.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/common/roles/pair_int.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/service/service_int.h"

#define TEXT_MAX 4096
#define UID_SECOND (SERVICE_UID_BASE + 4)

static err_t
run_anchorctl(const struct service *s, const char *const *rest, const char *out)
{
	AUTO(buf_release)
	struct buf program = service_path(s->bin, "anchorctl");
	AUTO(buf_release) struct buf env = buf_of(TEXT_MAX);
	const char *argv[24] = { buf_str(&program), "token" };
	size_t n = 2;

	while (*rest && n + 1 < ARRAY_LEN(argv))
		argv[n++] = *rest++;
	buf_printf(&env, "SOFTHSM2_CONF=%s/softhsm2-b.conf", s->dir);
	return service_run(argv, buf_str(&env), out) == 0 ? OK : E_DEVICE;
}

/* Another PIN than the first token's: either would lock the other. */
static err_t
write_pin(const struct service *s)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, "pin-b");
	FILE *f = fopen(buf_str(&path), "w");

	if (!f)
		return E_IO;
	fputs("8642-7531", f);
	return fclose(f) == 0 && chmod(buf_str(&path), 0400) == 0 ? OK : E_IO;
}

static err_t
write_conf(const struct service *s)
{
	AUTO(buf_release)
	struct buf path = service_path(s->dir, "softhsm2-b.conf");
	FILE *f = fopen(buf_str(&path), "w");

	if (!f)
		return E_IO;
	fprintf(f,
	        "directories.tokendir = %s/tokens-b\n"
	        "objectstore.backend = file\nlog.level = ERROR\n"
	        "slots.removable = false\nlibrary.reset_on_fork = true\n",
	        s->dir);
	return fclose(f) == 0 ? OK : E_IO;
}

static err_t
make_dir(const struct service *s, const char *name)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);

	return mkdir(buf_str(&path), 0700) == 0 ? OK : E_IO;
}

/* The same label and object names as the first: directory, PIN and keys are
 * others. */
static err_t
make_token(const struct service *s)
{
	AUTO(buf_release) struct buf pin = service_path(s->dir, "pin-b");
	AUTO(buf_release) struct buf so_pin = service_path(s->dir, "so-pin");
	AUTO(buf_release) struct buf pins = service_path(s->dir, "pins");
	AUTO(buf_release) struct buf out = service_path(s->dir, "key-b.json");
	const char *const init[] = { "init",           "--module",
		                     SERVICE_MODULE,   "--label",
		                     SERVICE_TOKEN,    "--so-pin-file",
		                     buf_str(&so_pin), "--pin-file",
		                     buf_str(&pin),    NULL };
	const char *const keygen[] = {
		"keygen",      "--module",   SERVICE_MODULE, "--token",
		SERVICE_TOKEN, "--pin-file", buf_str(&pin),  "--label",
		SERVICE_KEY,   "--json",     "--pins",       buf_str(&pins),
		"--name",      "b",          "--node",       "2",
		NULL
	};

	TRY(make_dir(s, "tokens-b"));
	TRY(make_dir(s, "state-b"));
	TRY(write_conf(s));
	TRY(write_pin(s));
	TRY(run_anchorctl(s, init, NULL));
	TRY(run_anchorctl(s, keygen, buf_str(&out)));
	/* the second key holder has a user of its own */
	TRY(service_give(s, "tokens-b", UID_SECOND));
	return service_give(s, "state-b", UID_SECOND);
}

/* The shim, where every key holder's user can reach it. */
static err_t
copy_shim(const struct service *s)
{
	AUTO(buf_release)
	struct buf from = service_path(s->bin, "../test/anchord-shim.so");
	AUTO(buf_release) struct buf to = service_path(s->dir, "shim.so");
	const char *const argv[] = { "cp", buf_str(&from), buf_str(&to), NULL };

	if (service_run(argv, NULL, NULL) != 0)
		return E_CONFIG;
	return chmod(buf_str(&to), 0755) == 0 ? OK : E_IO;
}

static err_t
make_page(const struct service *s, const char *name,
          struct shim_page **ret_page)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);
	int fd = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0666) != 0 ||
	    ftruncate(fd, sizeof(**ret_page)) != 0)
		return E_IO;
	void *at = mmap(NULL, sizeof(**ret_page), PROT_READ | PROT_WRITE,
	                MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return E_NOMEM;
	*ret_page = at;
	return OK;
}

static err_t
put_second(const struct service *s, struct buf *out)
{
	static const char text[] =
	        "\" ]; },\n"
	        "  { name = \"b\"; node = 2; module = \"%s/shim.so\";\n"
	        "    uri = \"%s\"; pin_file = \"%s/pin-b\";\n"
	        "    state = \"%s/state-b\";\n"
	        "    environment = [ \"ANCHORD_SHIM_MODULE=" SERVICE_MODULE
	        "\",\n"
	        "                    \"ANCHORD_SHIM_PAGE=%s/page-b\",\n"
	        "                    \"SOFTHSM2_CONF=%s/softhsm2-b.conf\" ];\n"
	        "    paths = [ \"%s/tokens-b\" ]; } );\n"
	        "failover: { return_s = %d; };\n"
	        "ledger:";
	AUTO(buf_release) struct buf path = service_path(s->dir, "key-b.json");
	json_t *key = json_load_file(buf_str(&path), 0, NULL);
	const char *uri = json_string_value(json_object_get(key, "uri"));
	const char *d = s->dir;

	if (uri)
		buf_printf(out, text, d, uri, d, d, d, d, d, PAIR_RETURN_S);
	json_decref(key);
	return out->len ? buf_status(out) : E_CONFIG;
}

/* The group becomes the first of a list. */
static err_t
edit(const struct service *s)
{
	AUTO(buf_release) struct buf second = buf_of(TEXT_MAX);
	char text[TEXT_MAX];

	AUTO(buf_release) struct buf pins = service_path(s->dir, "pins");

	pins_kit_rename(buf_str(&pins), "token", "a");
	TRY(put_second(s, &second));
	TRY(service_edit(s, "\" ]; };\nledger:", buf_str(&second)));
	snprintf(text, sizeof(text),
	         "tokens = ( { name = \"a\"; module = \"%s/shim.so\"", s->dir);
	TRY(service_edit(s, "token: { module = \"" SERVICE_MODULE "\"", text));
	snprintf(text, sizeof(text),
	         "environment = [ \"ANCHORD_SHIM_MODULE=" SERVICE_MODULE "\", "
	         "\"ANCHORD_SHIM_PAGE=%s/page-a\", ",
	         s->dir);
	return service_edit(s, "environment = [ ", text);
}

err_t
pair_files(const struct service *s, struct shim_page *ret_pages[static 2])
{
	TRY(make_token(s));
	TRY(copy_shim(s));
	TRY(make_page(s, "page-a", &ret_pages[0]));
	TRY(make_page(s, "page-b", &ret_pages[1]));
	return edit(s);
}
