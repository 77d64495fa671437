/*
 * config_governance.c - who decides what is trusted: the settings that belong
 * together.
 *
 * Keys and anchors come from one place.  A configuration with both places is
 * refused, since its reader could not know which one counts.
 */
#include <string.h>

#include "base/encode.h"

#include "proc/config_int.h"

bool
config_has_officers(const struct config *config)
{
	return strcmp(config->governance, "officers") == 0;
}

void
config_genesis(const struct config *config,
               uint8_t ret_digest[static HASH_SIZE])
{
	struct bytes hex = bytes_of_str(config->genesis_sha256);

	if (decode_hex_exact(hex, ret_digest, HASH_SIZE) != OK)
		memset(ret_digest, 0, HASH_SIZE);
}

/* A setting that only one kind of governance has. */
struct governed_setting {
	const char *name;
	bool given;
};

static err_t
refuse_given(const struct governed_setting *rows, size_t n,
             const char *governance, struct buf *why)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].given)
			return config_refuse(why, NULL,
			                     "%s must not be given with "
			                     "trust.governance = \"%s\"",
			                     rows[i].name, governance);
	return OK;
}

static err_t
check_without_officers(const struct config *c, struct buf *why)
{
	const struct governed_setting officers[] = {
		{ "trust.bundle", *c->bundle_file },
		{ "trust.genesis_sha256", *c->genesis_sha256 },
		{ "trust.certificates", *c->certificates_file },
	};

	if (!*c->pins_file)
		return config_refuse(why, NULL, "trust.pins must be given");
	return refuse_given(officers, ARRAY_LEN(officers), "none", why);
}

static err_t
check_with_officers(const struct config *c, struct buf *why)
{
	const struct governed_setting files[] = {
		{ "trust.anchors", c->n_anchors > 0 },
		{ "trust.pins", *c->pins_file },
	};
	uint8_t genesis[HASH_SIZE];

	if (!*c->bundle_file)
		return config_refuse(why, NULL,
		                     "trust.bundle must be given with "
		                     "trust.governance = \"officers\"");
	if (decode_hex_exact(bytes_of_str(c->genesis_sha256), genesis,
	                     sizeof(genesis)) != OK)
		return config_refuse(why, NULL,
		                     "trust.genesis_sha256 must be 64 hex "
		                     "digits: the SHA-256 of bundle 1");
	return refuse_given(files, ARRAY_LEN(files), "officers", why);
}

err_t
config_governance_check(const struct config *c, struct buf *why)
{
	return config_has_officers(c) ? check_with_officers(c, why)
	                              : check_without_officers(c, why);
}
