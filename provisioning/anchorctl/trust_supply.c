/*
 * trust_supply.c - see trust_supply.h.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/digest.h"
#include "provisioning/anchorctl/trust_supply.h"

void
trust_supply_release(struct trust_supply *s)
{
	for (size_t i = 0; i < s->n; i++)
		trust_certificates_release(&s->files[i]);
	free(s->files);
	*s = (struct trust_supply){ 0 };
}

static int
add_supply_file(const struct cli *cli, const char *path, struct trust_supply *s)
{
	if (!s->files)
		s->files = calloc(TRUST_SUPPLY_FILES_MAX, sizeof(s->files[0]));
	if (!s->files)
		return cli_fail(cli, VERB_PART, "no memory");
	if (s->n == TRUST_SUPPLY_FILES_MAX)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: more than %d files of certificates", path,
		                TRUST_SUPPLY_FILES_MAX);
	return trust_certificates_add(cli, path, &s->files[s->n++]);
}

static int
is_certificate_name(const struct dirent *entry)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer", ".der",
		                            ".json" };
	const char *dot = strrchr(entry->d_name, '.');

	for (size_t i = 0; dot && i < ARRAY_LEN(ends); i++)
		if (strcmp(dot, ends[i]) == 0)
			return 1;
	return 0;
}

static int
add_supply_directory(const struct cli *cli, const char *path,
                     struct trust_supply *s)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, is_certificate_name, alphasort);
	int rc = VERB_GOOD;

	if (n < 0)
		return cli_fail(cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];
		int len = snprintf(file, sizeof(file), "%s/%s", path,
		                   entries[i]->d_name);

		if (rc == VERB_GOOD)
			rc = len > 0 && (size_t)len < sizeof(file)
			             ? add_supply_file(cli, file, s)
			             : cli_fail(cli, VERB_PART,
			                        "%s: the path is too long",
			                        path);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int
trust_supply_add(const struct cli *cli, const char *path,
                 struct trust_supply *s)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode)
	               ? add_supply_directory(cli, path, s)
	               : add_supply_file(cli, path, s);
}

err_t
trust_supply_find(const struct cli *cli, const struct trust_supply *s,
                  const struct proposal *p,
                  const uint8_t sha256[static HASH_SIZE], struct buf *out)
{
	uint8_t is[HASH_SIZE];

	buf_reset(out);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->files[i].n; k++) {
			struct bytes der = x509_cert_der(s->files[i].all[k]);

			digest_sha256(der, is);
			if (memcmp(is, sha256, HASH_SIZE) != 0)
				continue;
			buf_append(out, der);
			return buf_status(out);
		}
	return p ? proposal_certificate(cli, p, sha256, out) : E_NOT_FOUND;
}
