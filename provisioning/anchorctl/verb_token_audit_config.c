/*
 * verb_token_audit_config.c - compares a token's keys with those of the
 * configuration and its pins file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "provisioning/anchorctl/verb_token_audit.h"
#include "provisioning/anchorctl/verb_trust.h"

/* Copies of the keys that the audit has reported. */
struct audit_seen_keys {
	size_t n;
	struct audit_key keys[AUDIT_KEYS_MAX];
};

struct audit_seen_keys *
audit_seen_new(void)
{
	return calloc(1, sizeof(struct audit_seen_keys));
}

void
audit_seen_free(struct audit_seen_keys *seen)
{
	free(seen);
}

void
audit_seen_add(struct audit_seen_keys *seen, const struct audit_key *key)
{
	if (seen->n < AUDIT_KEYS_MAX)
		seen->keys[seen->n++] = *key;
}

static bool
is_of_class(const struct audit_key *key, const char *class)
{
	return strcmp(key->object.class, class) == 0;
}

static bool
has_sign_attribute(const struct audit_key *key)
{
	return key->object.attributes[HSM_ATTRIBUTE_SIGN] == HSM_YES;
}

static bool
has_spki(const struct audit_key *key, struct bytes spki)
{
	return key->object.spki_len > 0 &&
	       bytes_equal(bytes_of(key->object.spki, key->object.spki_len),
	                   spki);
}

/* True if spki is the public half of this private key.  A TPM's key contains
 * it; in a PKCS#11 token it is a separate object with the same id. */
static bool
is_half_of(const struct audit_seen_keys *seen, const struct audit_key *private,
           struct bytes spki)
{
	if (has_spki(private, spki))
		return true;
	for (size_t i = 0; i < seen->n; i++)
		if (is_of_class(&seen->keys[i], "public-key") &&
		    hsm_audit_same_id(&seen->keys[i], private) &&
		    has_spki(&seen->keys[i], spki))
			return true;
	return false;
}

static const struct audit_key *
find_private(const struct audit_seen_keys *seen, struct bytes spki)
{
	for (size_t i = 0; i < seen->n; i++)
		if (is_of_class(&seen->keys[i], "private-key") &&
		    is_half_of(seen, &seen->keys[i], spki))
			return &seen->keys[i];
	return NULL;
}

static bool
is_pinned(const struct audit_what *w, const struct audit_seen_keys *seen,
          const struct audit_key *private)
{
	for (size_t i = 0; i < w->pins->n; i++)
		if (strcmp(w->pins->keys[i].token, w->of->name) == 0 &&
		    is_half_of(seen, private, pin_spki(&w->pins->keys[i])))
			return true;
	return false;
}

static void
report_finding(const struct audit_ops *ops, enum audit_code code,
               const struct audit_key *key, const char *detail)
{
	ops->finding(ops->arg, code, key, detail);
}

static void
look_for_pinned(const struct audit_what *w, const struct audit_seen_keys *seen,
                const struct audit_ops *ops)
{
	const uint64_t now_s = clock_wall_ms() / 1000;
	char detail[AUDIT_DETAIL_MAX];
	size_t n = 0;

	for (size_t i = 0; i < w->pins->n; i++) {
		const struct pin *pin = &w->pins->keys[i];

		if (strcmp(pin->token, w->of->name) != 0)
			continue;
		n++;
		if (pin_over(pin, now_s) || find_private(seen, pin_spki(pin)))
			continue;
		snprintf(detail, sizeof(detail), "pinned as %s", pin->kid);
		report_finding(ops, AUDIT_KEY_MISSING, NULL, detail);
	}
	if (n == 0)
		report_finding(ops, AUDIT_KEY_MISSING, NULL,
		               "the pins file has no key of this token");
}

/* The handle key has the configured label in a token; in a TPM the audit has
 * reported only the secret key that the URI names. */
static bool
is_handle_key(const struct audit_what *w, const struct audit_key *key)
{
	return is_of_class(key, "secret-key") &&
	       (w->uri || strcmp(key->object.label, w->of->handle_label) == 0);
}

static void
look_for_handle(const struct audit_what *w, const struct audit_seen_keys *seen,
                const struct audit_ops *ops)
{
	char detail[AUDIT_DETAIL_MAX];

	if (!w->uri && !*w->of->handle_label)
		return;
	for (size_t i = 0; i < seen->n; i++)
		if (is_handle_key(w, &seen->keys[i]))
			return;
	snprintf(detail, sizeof(detail), "the handle key%s%s",
	         w->uri ? "" : " ", w->uri ? "" : w->of->handle_label);
	report_finding(ops, AUDIT_KEY_MISSING, NULL, detail);
}

static void
look_for_spares(const struct audit_what *w, const struct audit_seen_keys *seen,
                const struct audit_ops *ops)
{
	for (size_t i = 0; i < seen->n; i++) {
		const struct audit_key *key = &seen->keys[i];
		bool spare = is_of_class(key, "private-key")
		                     ? !is_pinned(w, seen, key)
		                     : is_of_class(key, "secret-key") &&
		                               !is_handle_key(w, key);

		if (spare)
			report_finding(ops, AUDIT_KEY_SPARE, key,
			               has_sign_attribute(key) ? "it signs"
			                                       : "");
	}
}

/* Reports if the audited token is not the one that the service uses. */
static void
compare_token(const struct audit_what *w, const struct audit_ops *ops)
{
	AUTO(buf_release) struct buf said = buf_of(1024);

	if (w->uri) {
		if (strcmp(w->uri, w->of->uri) != 0)
			report_finding(ops, AUDIT_CONFIG_OTHER, NULL,
			               "token.uri differs from --uri");
		return;
	}
	char *file = *w->of->module ? realpath(w->of->module, NULL) : NULL;
	if (!file || strcmp(file, w->file) != 0) {
		buf_printf(&said, "token.module is %.120s", w->of->module);
		report_finding(ops, AUDIT_CONFIG_OTHER, NULL, buf_str(&said));
	}
	free(file);
	if (strcmp(w->in_config.token, w->name.label) != 0 ||
	    (*w->name.serial &&
	     strcmp(w->in_config.serial, w->name.serial) != 0)) {
		buf_reset(&said);
		buf_printf(&said, "token.uri names '%s', serial %s",
		           w->in_config.token, w->in_config.serial);
		report_finding(ops, AUDIT_CONFIG_OTHER, NULL, buf_str(&said));
	}
}

void
audit_compare(const struct audit_what *w, const struct audit_seen_keys *seen,
              const struct audit_ops *ops, bool logged_in)
{
	if (!w->config)
		return;
	compare_token(w, ops);
	if (!logged_in || w->pins->n == 0) /* not visible; a refused chain */
		return;
	look_for_pinned(w, seen, ops);
	look_for_handle(w, seen, ops);
	look_for_spares(w, seen, ops);
}

/* pins: what the keys were compared with; pins_version: of it. */
json_t *
audit_config_json(const struct audit_what *w)
{
	const bool officers = config_has_officers(w->config);
	json_t *j = json_pack("{s:o, s:o, s:s, s:o, s:I}", "file",
	                      cli_text(cli_option(w->cli, "config", 0)),
	                      "token", cli_text(w->of->name), "governance",
	                      w->config->governance, "pins",
	                      cli_text(officers ? w->config->bundle_file
	                                        : w->config->pins_file),
	                      "pins_version", (json_int_t)w->pins->version);

	if (j && w->bundle)
		json_object_set_new(j, "bundle_sha256",
		                    trust_hash_json(w->bundle->digest));
	return j;
}
