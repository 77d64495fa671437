/*
 * service_edit.c - changes to the configuration of a service that is not
 * running: more processes, another module.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/service/service_int.h"

#define CONF_MAX 16384

err_t
service_read(const struct service *s, const char *name, struct buf *out)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, name);
	char part[CONF_MAX];
	FILE *f = fopen(buf_str(&path), "r");

	if (!f)
		return E_IO;
	size_t n = fread(part, 1, sizeof(part), f);
	bool good = feof(f) != 0;
	fclose(f);
	buf_append(out, bytes_of(part, n));
	return good ? buf_status(out) : E_LIMIT;
}

err_t
service_edit(const struct service *s, const char *from, const char *to)
{
	AUTO(buf_release)
	struct buf path = service_path(s->dir, "anchord.conf");
	AUTO(buf_release) struct buf old = buf_of(CONF_MAX);

	TRY(service_read(s, "anchord.conf", &old));
	const char *text = buf_str(&old);
	const char *at = strstr(text, from);
	if (!at)
		return E_NOT_FOUND;

	FILE *f = fopen(buf_str(&path), "w");
	if (!f)
		return E_IO;
	int n = fprintf(f, "%.*s%s%s", (int)(at - text), text, to,
	                at + strlen(from));
	return fclose(f) == 0 && n > 0 ? OK : E_IO;
}

err_t
service_shim(const struct service *s, const char *script)
{
	AUTO(buf_release)
	struct buf file = service_path(s->bin, "../test/anchord-shim.so");
	char shim[PATH_MAX], text[PATH_MAX + 512];

	if (!realpath(buf_str(&file), shim))
		return E_NOT_FOUND;
	snprintf(text, sizeof(text), "module = \"%s\"", shim);
	TRY(service_edit(s, "module = \"" SERVICE_MODULE "\"", text));
	snprintf(text, sizeof(text),
	         "environment = [ \"ANCHORD_SHIM_MODULE=" SERVICE_MODULE "\", "
	         "\"ANCHORD_SHIM_SCRIPT=%s\", ",
	         script);
	return service_edit(s, "environment = [ ", text);
}
