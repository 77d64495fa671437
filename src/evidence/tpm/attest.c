/*
 * attest.c - TPMS_ATTEST (TPM 2.0 Library, part 2, section 10.12).
 *
 *	magic u32 | type u16 | qualifiedSigner 2B | extraData 2B |
 *	clock u64, resetCount u32, restartCount u32, safe u8 |
 *	firmwareVersion u64 | by type
 *	QUOTE: count u32, { hash u16, size u8, bitmap }*, pcrDigest 2B
 *
 * Verifiers have been fooled by a missing magic and by selections that were
 * not looked at, so each is a check of its own here, and no byte may be left.
 */
#include "evidence/tpm/attest.h"

#include "base/auto.h"
#include "evidence/tpm/parse.h"

/* TPM_PT_PCR_SELECT_MIN of every PC client TPM, and room for 32 PCRs. */
#define BITMAP_MIN 3
#define BITMAP_MAX 4

const char *
tpm_attest_type_name(uint16_t type)
{
#define TPM_ATTEST_NAME(name, id, text) \
	if (type == (id))               \
		return text;
	TPM_ATTEST_TYPES(TPM_ATTEST_NAME)
#undef TPM_ATTEST_NAME
	return NULL;
}

/* A field that was cut off reads as zero: what is wrong then is the length. */
static err_t
refuse_attest(const struct reader *r, struct buf *why, const char *what)
{
	return tpm_malformed(why, r->failed ? "attest: cut short" : what);
}

static err_t
parse_attest_head(struct reader *r, struct buf *why, struct tpm_attest *a)
{
	if (reader_u32(r) != TPM_GENERATED)
		return refuse_attest(r, why,
		                     "attest: magic is not TPM_GENERATED");
	a->type = reader_u16(r);
	if (!tpm_attest_type_name(a->type))
		return refuse_attest(r, why, "attest: unknown type");
	a->qualified_signer = tpm_read_2b(r);
	if (!tpm_name_valid(a->qualified_signer))
		return refuse_attest(r, why,
		                     "attest: qualifiedSigner is no name");
	a->extra_data = tpm_read_2b(r);
	if (a->extra_data.len > TPM_DATA_MAX)
		return refuse_attest(r, why, "attest: extraData is too long");
	return OK;
}

static err_t
parse_clock(struct reader *r, struct buf *why, struct tpm_attest *a)
{
	a->clock = reader_u64(r);
	a->reset_count = reader_u32(r);
	a->restart_count = reader_u32(r);

	uint8_t safe = reader_u8(r);
	if (safe > 1)
		return refuse_attest(r, why, "attest: safe is neither 0 nor 1");
	a->safe = safe == 1;
	a->firmware_version = reader_u64(r);
	return OK;
}

/* One bank may be named once: twice would leave open which values count. */
static bool
bank_taken(const struct tpm_attest *a, uint16_t hash)
{
	for (size_t i = 0; i < a->n_select; i++)
		if (a->select[i].hash == hash)
			return true;
	return false;
}

static err_t
parse_select(struct reader *r, struct buf *why, struct tpm_attest *a)
{
	struct tpm_pcr_select s = { .hash = reader_u16(r) };

	if (tpm_hash_size(s.hash) == 0)
		return refuse_attest(r, why,
		                     "attest: unknown hash in selection");
	if (bank_taken(a, s.hash))
		return refuse_attest(r, why, "attest: bank selected twice");

	uint8_t size = reader_u8(r);
	if (size < BITMAP_MIN || size > BITMAP_MAX)
		return refuse_attest(r, why, "attest: size of PCR bitmap");
	for (unsigned i = 0; i < size; i++)
		s.mask |= (uint32_t)reader_u8(r) << (8 * i);
	a->select[a->n_select++] = s;
	return OK;
}

static err_t
parse_quote(struct reader *r, struct buf *why, struct tpm_attest *a)
{
	uint32_t count = reader_u32(r);

	if (count > TPM_SELECT_MAX)
		return refuse_attest(r, why, "attest: too many banks");
	for (uint32_t i = 0; i < count; i++)
		TRY(parse_select(r, why, a));
	a->pcr_digest = tpm_read_2b(r);
	if (a->pcr_digest.len > TPM_DIGEST_MAX)
		return refuse_attest(r, why, "attest: pcrDigest is too long");
	return OK;
}

static err_t
parse_body(struct reader *r, struct buf *why, struct tpm_attest *a)
{
	if (a->type == TPM_ATTEST_QUOTE)
		return parse_quote(r, why, a);
	if (a->type != TPM_ATTEST_CREATION && a->type != TPM_ATTEST_CERTIFY) {
		a->body = reader_take(r, r->left);
		return OK;
	}
	a->name = tpm_read_2b(r);
	a->detail = tpm_read_2b(r);
	if (!tpm_name_valid(a->name) || a->detail.len > 2 + TPM_DIGEST_MAX)
		return refuse_attest(r, why, "attest: name or hash");
	return OK;
}

err_t
tpm_attest_parse(struct bytes in, struct buf *why,
                 struct tpm_attest *ret_attest)
{
	struct reader r = reader_of(in);
	struct tpm_attest a = { 0 };

	if (in.len > TPM_ATTEST_MAX)
		return tpm_malformed(why, "attest: too long");
	TRY(parse_attest_head(&r, why, &a));
	TRY(parse_clock(&r, why, &a));
	TRY(parse_body(&r, why, &a));
	if (!reader_done(&r))
		return refuse_attest(&r, why, "attest: trailing bytes");
	*ret_attest = a;
	return OK;
}
