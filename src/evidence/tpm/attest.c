/*
 * attest.c - TPMS_ATTEST (TPM 2.0 Library, Part 2).
 *
 *	magic u32 | type u16 | qualifiedSigner 2B | extraData 2B |
 *	clock u64, resetCount u32, restartCount u32, safe u8 |
 *	firmwareVersion u64 | depends on type
 *	QUOTE: count u32, { hash u16, size u8, bitmap }*, pcrDigest 2B
 *
 * "2B" is a u16 size and that number of bytes.  Verifiers have accepted forged
 * quotes because they did not check the magic or the PCR selection.  Here both
 * are checked, and bytes after the structure are refused.
 */
#include "evidence/tpm/attest.h"

#include "base/auto.h"
#include "evidence/tpm/parse.h"

/* Bytes of a PCR bitmap: 24 PCRs, the minimum of a PC client TPM
 * (TPM_PT_PCR_SELECT_MIN), up to 32 PCRs. */
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

/* A field past the end of the input reads as zero, so the cause is then the
 * length and not the field's value. */
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
		                     "attest: qualifiedSigner is not a name");
	a->extra_data = tpm_read_2b(r);
	if (a->extra_data.len > TPM_DATA_MAX)
		return refuse_attest(
		        r, why, "attest: extraData is longer than 66 bytes");
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

/* A bank must occur once only: with two selections of one bank it would be
 * undefined which PCRs the quote covers. */
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
		                     "attest: a bank has an unknown hash");
	if (bank_taken(a, s.hash))
		return refuse_attest(r, why, "attest: a bank occurs twice");

	uint8_t size = reader_u8(r);
	if (size < BITMAP_MIN || size > BITMAP_MAX)
		return refuse_attest(
		        r, why, "attest: a PCR bitmap is not 3 or 4 bytes");
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
		return refuse_attest(r, why, "attest: more than 16 banks");
	for (uint32_t i = 0; i < count; i++)
		TRY(parse_select(r, why, a));
	a->pcr_digest = tpm_read_2b(r);
	if (a->pcr_digest.len > TPM_DIGEST_MAX)
		return refuse_attest(
		        r, why, "attest: pcrDigest is longer than 64 bytes");
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
		return refuse_attest(
		        r, why,
		        "attest: the object's name or digest is malformed");
	return OK;
}

err_t
tpm_attest_parse(struct bytes in, struct buf *why,
                 struct tpm_attest *ret_attest)
{
	struct reader r = reader_of(in);
	struct tpm_attest a = { 0 };

	if (in.len > TPM_ATTEST_MAX)
		return tpm_malformed(why, "attest: longer than 4096 bytes");
	TRY(parse_attest_head(&r, why, &a));
	TRY(parse_clock(&r, why, &a));
	TRY(parse_body(&r, why, &a));
	if (!reader_done(&r))
		return refuse_attest(&r, why, "attest: trailing bytes");
	*ret_attest = a;
	return OK;
}
