/*
 * pcrs.c - see pcrs.h.
 *
 * A quote's digest covers the selected PCRs in the order of the selection's
 * banks and, within a bank, of ascending indices.  A value of a PCR that is not
 * selected would be unproved beside proved ones, so it is refused.
 */
#include "evidence/tpm/pcrs.h"

#include <string.h>

#include "base/auto.h"
#include "base/encode.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/verify.h"

/* Accepts "0" to "31" without leading zeros; TPM_PCR_COUNT: anything else. */
static unsigned
parse_index(const char *text)
{
	unsigned index = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return TPM_PCR_COUNT;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || index >= TPM_PCR_COUNT)
			return TPM_PCR_COUNT;
		index = index * 10 + (unsigned)(*text - '0');
	}
	return index < TPM_PCR_COUNT ? index : TPM_PCR_COUNT;
}

static err_t
read_value(const json_t *json, struct tpm_pcr_value *v)
{
	struct bytes text =
	        bytes_of(json_string_value(json), json_string_length(json));

	if (!json_is_string(json) || text.len % 2 != 0 ||
	    text.len > HEX_LEN(TPM_DIGEST_MAX))
		return E_MALFORMED;
	TRY(decode_hex_exact(text, v->value, text.len / 2));
	v->len = (uint8_t)(text.len / 2);
	v->present = true;
	return OK;
}

static err_t
read_bank(const json_t *object, struct tpm_pcr_value *pcr)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return E_MALFORMED;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		unsigned index = parse_index(key);

		if (index == TPM_PCR_COUNT)
			return E_MALFORMED;
		TRY(read_value(value, &pcr[index]));
	}
	return OK;
}

err_t
tpm_pcrs_of_json(const json_t *object, struct buf *why, struct tpm_pcrs *pcrs)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return tpm_malformed(why, "pcrs: not an object");
	*pcrs = (struct tpm_pcrs){ .present = true };
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		uint16_t hash = tpm_alg_find(bytes_of_str(key));

		if (tpm_hash_size(hash) == 0 || pcrs->n_banks == TPM_SELECT_MAX)
			return tpm_malformed(why, "pcrs: a bank is unknown");
		size_t at = pcrs->n_banks++;
		pcrs->bank[at].hash = hash;
		if (read_bank(value, pcrs->bank[at].pcr) != OK)
			return tpm_malformed(
			        why, "pcrs: an index or value is malformed");
	}
	return OK;
}

/* The layout of the file of `tpm2_quote --pcr`: TPML_PCR_SELECTION, a u32 count
 * and that number of TPML_DIGESTs, as structs in the memory of a little-endian
 * host (tpm2-tss), padding included. */
#define TOOLS_SELECTION_SIZE (4 + TPM_SELECT_MAX * 8)
#define TOOLS_LIST_COUNT 8
#define TOOLS_VALUE_SIZE (2 + TPM_DIGEST_MAX)
#define TOOLS_LIST_SIZE (4 + TOOLS_LIST_COUNT * TOOLS_VALUE_SIZE)

static uint16_t
u16_of_tools(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t
u32_of_tools(const uint8_t *p)
{
	return (uint32_t)u16_of_tools(p) | (uint32_t)u16_of_tools(p + 2) << 16;
}

/* Reads the values of the file one after the other. */
struct tools {
	struct bytes lists;
	size_t list, value; /* indices of the next value */
};

/* The next value; NULL: there are no more. */
static const uint8_t *
tools_next(struct tools *t)
{
	const uint8_t *at = t->lists.data + t->list * TOOLS_LIST_SIZE;

	if (t->lists.len < (t->list + 1) * TOOLS_LIST_SIZE)
		return NULL;
	if (t->value >= u32_of_tools(at) || t->value >= TOOLS_LIST_COUNT)
		return NULL;
	const uint8_t *value = at + 4 + t->value * TOOLS_VALUE_SIZE;
	if (++t->value == TOOLS_LIST_COUNT) {
		t->value = 0;
		t->list++;
	}
	return value;
}

static err_t
tools_bank(struct tools *t, uint32_t mask, struct tpm_pcr_value *pcr)
{
	for (unsigned i = 0; i < TPM_PCR_COUNT; i++) {
		if (!(mask & (uint32_t)1 << i))
			continue;
		const uint8_t *value = tools_next(t);
		if (!value || u16_of_tools(value) > TPM_DIGEST_MAX)
			return E_MALFORMED;
		pcr[i].present = true;
		pcr[i].len = (uint8_t)u16_of_tools(value);
		memcpy(pcr[i].value, value + 2, pcr[i].len);
	}
	return OK;
}

err_t
tpm_pcrs_of_tools(struct bytes file, struct buf *why, struct tpm_pcrs *pcrs)
{
	*pcrs = (struct tpm_pcrs){ .present = true };
	if (file.len < TOOLS_SELECTION_SIZE + 4 ||
	    (file.len - TOOLS_SELECTION_SIZE - 4) % TOOLS_LIST_SIZE != 0)
		return tpm_malformed(
		        why, "pcrs: the size is not that of a tpm2_quote file");
	struct tools t = {
		.lists = bytes_of(file.data + TOOLS_SELECTION_SIZE + 4,
		                  file.len - TOOLS_SELECTION_SIZE - 4),
	};

	uint32_t count = u32_of_tools(file.data);
	if (count > TPM_SELECT_MAX ||
	    u32_of_tools(file.data + TOOLS_SELECTION_SIZE) !=
	            t.lists.len / TOOLS_LIST_SIZE)
		return tpm_malformed(why, "pcrs: a count in the file is wrong");
	for (pcrs->n_banks = 0; pcrs->n_banks < count; pcrs->n_banks++) {
		const uint8_t *at = file.data + 4 + pcrs->n_banks * 8;

		pcrs->bank[pcrs->n_banks].hash = u16_of_tools(at);
		if (tpm_hash_size(u16_of_tools(at)) == 0 || at[2] > 4 ||
		    tools_bank(&t, u32_of_tools(at + 3),
		               pcrs->bank[pcrs->n_banks].pcr) != OK)
			return tpm_malformed(
			        why, "pcrs: a bank in the file is malformed");
	}
	return OK;
}

static json_t *
bank_to_json(const struct tpm_pcr_value *pcr)
{
	json_t *bank = json_object();

	for (unsigned i = 0; i < TPM_PCR_COUNT; i++) {
		AUTO(buf_release) struct buf hex = buf_of(256);
		char key[4] = { 0 };

		if (!pcr[i].present)
			continue;
		encode_hex(&hex, bytes_of(pcr[i].value, pcr[i].len));
		if (i >= 10)
			key[0] = (char)('0' + i / 10);
		key[i >= 10] = (char)('0' + i % 10);
		json_object_set_new(bank, key, json_string(buf_str(&hex)));
	}
	return bank;
}

json_t *
tpm_pcrs_to_json(const struct tpm_pcrs *pcrs)
{
	json_t *object = json_object();

	for (size_t i = 0; i < pcrs->n_banks; i++)
		json_object_set_new(object, tpm_alg_name(pcrs->bank[i].hash),
		                    bank_to_json(pcrs->bank[i].pcr));
	return object;
}

const uint8_t *
tpm_pcrs_value(const struct tpm_pcrs *pcrs, uint16_t hash, unsigned index)
{
	for (size_t i = 0; i < pcrs->n_banks; i++) {
		const struct tpm_pcr_value *v = &pcrs->bank[i].pcr[index];

		if (pcrs->bank[i].hash != hash)
			continue;
		return v->present && v->len == tpm_hash_size(hash) ? v->value
		                                                   : NULL;
	}
	return NULL;
}

static size_t
count_given(const struct tpm_pcrs *pcrs)
{
	size_t n = 0;

	for (size_t b = 0; b < pcrs->n_banks; b++)
		for (unsigned i = 0; i < TPM_PCR_COUNT; i++)
			n += pcrs->bank[b].pcr[i].present;
	return n;
}

/* Appends the selected values of one bank; false: a value is missing. */
static bool
gather_selected_values(const struct tpm_pcrs *pcrs,
                       const struct tpm_pcr_select *select, struct buf *values,
                       size_t *count)
{
	for (unsigned i = 0; i < TPM_PCR_COUNT; i++) {
		if (!(select->mask & (uint32_t)1 << i))
			continue;
		const uint8_t *v = tpm_pcrs_value(pcrs, select->hash, i);
		if (!v)
			return false;
		buf_append(values, bytes_of(v, tpm_hash_size(select->hash)));
		*count += 1;
	}
	return true;
}

bool
tpm_pcrs_match(const struct tpm_pcrs *pcrs, const struct tpm_attest *quote,
               uint16_t hash)
{
	AUTO(buf_release)
	struct buf values =
	        buf_of(TPM_SELECT_MAX * TPM_PCR_COUNT * TPM_DIGEST_MAX);
	uint8_t digest[TPM_DIGEST_MAX];
	size_t selected = 0;

	for (size_t i = 0; i < quote->n_select; i++)
		if (!gather_selected_values(pcrs, &quote->select[i], &values,
		                            &selected))
			return false;
	if (selected != count_given(pcrs) || buf_status(&values) != OK)
		return false;
	if (tpm_hash(hash, buf_bytes(&values), digest) != OK)
		return false;
	return bytes_equal(quote->pcr_digest,
	                   bytes_of(digest, tpm_hash_size(hash)));
}
