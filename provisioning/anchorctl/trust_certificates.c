/*
 * trust_certificates.c - see trust_certificates.h.
 */
#include <ctype.h>
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "crypto/codec/pem.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/trust_certificates.h"

#define FILE_MAX (1024 * 1024) /* bytes */

void
trust_certificates_release(struct trust_certificates *c)
{
	for (size_t i = 0; i < c->n; i++)
		x509_cert_free(TAKE(c->all[i]));
	c->n = 0;
}

static err_t
add_anchor_certificate(void *arg, const char *label, struct bytes der)
{
	struct trust_certificates *c = arg;

	if (strcmp(label, "CERTIFICATE") != 0)
		return E_MALFORMED;
	if (c->n == TRUST_CERTIFICATES_MAX)
		return E_LIMIT;
	TRY(x509_cert_parse(der, &c->all[c->n]));
	c->n++;
	return OK;
}

/* ["-----BEGIN CERTIFICATE-----\n...", ...] */
static err_t
add_json(struct bytes text, struct trust_certificates *c)
{
	AUTO(json_decref)
	json_t *list = json_loadb((const char *)text.data, text.len,
	                          JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_array(list))
		return E_MALFORMED;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (!json_is_string(one))
			return E_MALFORMED;
		TRY(pem_each(bytes_of(json_string_value(one),
		                      json_string_length(one)),
		             add_anchor_certificate, c));
	}
	return OK;
}

static bool
is_json_list(struct bytes text)
{
	size_t at = 0;

	while (at < text.len && isspace(text.data[at]))
		at++;
	return at < text.len && text.data[at] == '[';
}

int
trust_certificates_add(const struct cli *cli, const char *path,
                       struct trust_certificates *c)
{
	AUTO(buf_release) struct buf file = buf_of(FILE_MAX);
	const size_t before = c->n;
	err_t err;

	if (cli_read_file(cli, path, &file) != OK)
		return VERB_PART;
	const struct bytes text = buf_bytes(&file);
	if (is_json_list(text))
		err = add_json(text, c);
	else if (pem_is(text))
		err = pem_each(text, add_anchor_certificate, c);
	else
		err = add_anchor_certificate(c, "CERTIFICATE", text);
	if (err == E_LIMIT)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: more than %d certificates", path,
		                TRUST_CERTIFICATES_MAX);
	if (err == OK && c->n > before)
		return VERB_GOOD;
	return cli_fail(cli, err == E_NOMEM ? VERB_PART : VERB_REFUSED,
	                "%s: not certificates in PEM, one in DER, or a JSON "
	                "array of PEM",
	                path);
}

struct trust_certificate
trust_certificate_of(const struct x509_cert *cert)
{
	struct trust_certificate out;

	digest_sha256(x509_cert_der(cert), out.certificate);
	digest_sha256(x509_cert_spki(cert), out.spki);
	return out;
}
