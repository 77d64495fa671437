/*
 * verb_token_audit_json.c - see verb_token_audit.h.
 *
 * What a token reports is untrusted.  It is stored unchanged in the JSON and
 * escaped where it is printed (cli_print.c).
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "provisioning/anchorctl/verb_token_audit.h"

static json_t *
version_json(const unsigned version[2])
{
	return json_sprintf("%u.%u", version[0], version[1]);
}

json_t *
audit_token_json(const struct audit_token *t)
{
	json_t *j = token_json(&t->token);
	json_t *more = json_pack(
	        "{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:b, s:b, s:b}",
	        "library", cli_text(t->library), "library_manufacturer",
	        cli_text(t->library_maker), "library_version",
	        version_json(t->library_version), "slot", cli_text(t->slot),
	        "hardware", version_json(t->hardware), "firmware",
	        version_json(t->firmware), "pin_min", (json_int_t)t->pin_min,
	        "pin_max", (json_int_t)t->pin_max, "pin_count_low",
	        t->token.pin_count_low, "hardware_slot", t->hardware_slot,
	        "logged_in", t->logged_in);

	if (*t->known) {
		json_object_set_new(more, "known_software", cli_text(t->known));
		json_object_set_new(more, "known_by", cli_text(t->known_by));
	}
	json_object_update(j, more);
	json_decref(more);
	return j;
}

/* The name; a number if the mechanism has no name; null if it is not known. */
static json_t *
mechanism_name(uint64_t type)
{
	const char *name = hsm_mechanism_name(type);

	if (type == AUDIT_UNSAID)
		return json_null();
	return *name ? json_string(name)
	             : json_sprintf("0x%llx", (unsigned long long)type);
}

json_t *
audit_mechanism_json(const struct audit_mechanism *m)
{
	const struct {
		bool set;
		const char *name;
	} flags[] = {
		{ m->hardware, "hardware" }, { m->sign, "sign" },
		{ m->verify, "verify" },     { m->wrap, "wrap" },
		{ m->unwrap, "unwrap" },     { m->derive, "derive" },
		{ m->generate, "generate" },
	};
	json_t *names = json_array();

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].set)
			json_array_append_new(names,
			                      json_string(flags[i].name));
	return json_pack("{s:o, s:o, s:I, s:I, s:o}", "mechanism",
	                 mechanism_name(m->type), "id",
	                 json_sprintf("0x%llx", (unsigned long long)m->type),
	                 "min", (json_int_t)m->min, "max", (json_int_t)m->max,
	                 "flags", names);
}

static json_t *
id_json(const struct hsm_object *o)
{
	AUTO(buf_release) struct buf id = buf_of(HEX_LEN(sizeof(o->id)) + 1);

	encode_hex(&id, bytes_of(o->id, o->id_len));
	return json_string(buf_str(&id));
}

static json_t *
attributes_json(const struct hsm_object *o)
{
	json_t *attributes = json_object();

	for (unsigned i = 0; i < HSM_ATTRIBUTE_COUNT; i++)
		if (o->attributes[i] != HSM_UNSAID)
			json_object_set_new(
			        attributes, hsm_attribute_name(i),
			        json_boolean(o->attributes[i] == HSM_YES));
	return attributes;
}

/* The same digest as in the pins file and from `token public`. */
static json_t *
public_digest(const struct hsm_object *o)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	token_pin_of(bytes_of(o->spki, o->spki_len), &hex);
	return json_string(buf_str(&hex));
}

json_t *
audit_key_json(const struct audit_key *key)
{
	const struct hsm_object *o = &key->object;
	json_t *allowed = json_array();

	for (size_t i = 0; i < key->n_allowed; i++)
		json_array_append_new(allowed, mechanism_name(key->allowed[i]));
	json_t *j = json_pack(
	        "{s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:{s:s, s:s, s:s}}",
	        "class", o->class, "type", o->type, "label", cli_text(o->label),
	        "id", id_json(o), "bits", (json_int_t)key->bits, "attributes",
	        attributes_json(o), "key_gen_mechanism",
	        mechanism_name(key->made_by), "allowed_mechanisms", allowed,
	        "attempts", "sign", hsm_audit_outcome_name(key->sign), "read",
	        hsm_audit_outcome_name(key->read), "wrap",
	        hsm_audit_outcome_name(key->wrap));
	if (j && o->spki_len > 0)
		json_object_set_new(j, "public_sha256", public_digest(o));
	return j;
}

json_t *
audit_finding_json(enum audit_code code, enum audit_profile profile,
                   const struct audit_key *key, const char *detail)
{
	const struct audit_row *row = hsm_audit_row(code);
	json_t *j = json_pack(
	        "{s:s, s:s, s:s, s:o, s:s}", "code", row->code, "severity",
	        hsm_audit_severity_name(row->severity[profile]), "text",
	        row->text, "detail", cli_text(detail), "remedy", row->remedy);

	if (key)
		json_object_set_new(j, "key",
		                    json_pack("{s:s, s:o, s:o}", "class",
		                              key->object.class, "label",
		                              cli_text(key->object.label), "id",
		                              id_json(&key->object)));
	return j;
}
