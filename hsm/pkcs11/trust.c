/*
 * trust.c - reads the trust objects of a PKCS#11 token; see trust.h.
 *
 * Anybody who reaches the module makes public objects, thousands if he likes.  So
 * every search has an end, and what the security officer alone can have made is
 * searched first and by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "hsm/pkcs11/trust.h"

static const struct p11_trust_row rows[] = {
	[P11_GENESIS] = { "anchord-trust-genesis", HASH_SIZE, false, false },
	[P11_HEAD] = { "anchord-trust-head", 8 + HASH_SIZE, true, true },
	[P11_COUNTER] = { "anchord-trust-counter", 8, true, true },
};

const struct p11_trust_row *
p11_trust_row(enum p11_trust_kind kind)
{
	return &rows[kind];
}

/* --- data objects --------------------------------------------------------- */

static err_t
find_data_objects(struct p11 *p11, const struct p11_trust_row *row,
                  const CK_BBOOL *private, CK_OBJECT_HANDLE *found,
                  CK_ULONG *in_out_n)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_APPLICATION, P11_APPLICATION,
		       strlen(P11_APPLICATION)),
		p11_in(CKA_LABEL, row->label, strlen(row->label)),
		p11_in(CKA_PRIVATE, private, sizeof(*private)),
	};

	return p11_find(p11, wanted, ARRAY_LEN(wanted), found, in_out_n);
}

/* The last call failed because the object is gone. */
static bool
is_gone(const struct p11 *p11, err_t err)
{
	return err != OK && p11->rv == CKR_OBJECT_HANDLE_INVALID;
}

err_t
p11_trust_read_datum(struct p11 *p11, enum p11_trust_kind kind,
                     CK_OBJECT_HANDLE object, struct p11_trust_datum *ret_datum)
{
	const struct p11_trust_row *row = &rows[kind];
	struct p11_trust_datum out = { .object = object };
	uint8_t value[8 + HASH_SIZE];
	struct p11_value read = { value, row->size, 0 };

	/* A module may say OK and write nothing: that reads as the highest
	 * counter, with which nothing loads. */
	memset(value, 0xff, sizeof(value));
	err_t err = p11_read(p11, object, CKA_VALUE, &read);
	if (is_gone(p11, err))
		return E_CONFLICT;
	TRY(err);
	struct reader r = reader_of(bytes_of(value, read.len));
	if (row->numbered)
		out.number = reader_u64(&r);
	if (r.left > 0)
		reader_copy(&r, out.digest, sizeof(out.digest));
	if (read.len != row->size || !reader_done(&r))
		return E_NOT_FOUND;
	*ret_datum = out;
	return OK;
}

static err_t
count_public_ones(struct p11 *p11, const struct p11_trust_row *row,
                  size_t *in_out_odd)
{
	const CK_BBOOL no = CK_FALSE;
	CK_OBJECT_HANDLE found[P11_TRUST_DATA_MAX];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(find_data_objects(p11, row, &no, found, &n));
	*in_out_odd += n;
	return OK;
}

err_t
p11_trust_read_data(struct p11 *p11, enum p11_trust_kind kind,
                    struct p11_trust_data *ret_data)
{
	const struct p11_trust_row *row = &rows[kind];
	const CK_BBOOL private = row->private ? CK_TRUE : CK_FALSE;
	CK_OBJECT_HANDLE found[P11_TRUST_DATA_MAX + 1];
	CK_ULONG n = ARRAY_LEN(found);
	struct p11_trust_data out = { .n = 0 };

	TRY(find_data_objects(p11, row, &private, found, &n));
	if (n > P11_TRUST_DATA_MAX && row->private)
		return p11_fail(p11, E_LATCHED, "more than %d objects '%s'",
		                P11_TRUST_DATA_MAX, row->label);
	for (CK_ULONG i = 0; i < n && i < P11_TRUST_DATA_MAX; i++) {
		err_t err = p11_trust_read_datum(p11, kind, found[i],
		                                 &out.datum[out.n]);

		/* Anybody makes and destroys public ones, all the time if he
		 * likes. */
		if (err == E_CONFLICT && !row->private)
			continue;
		if (err != OK && err != E_NOT_FOUND)
			return err == E_CONFLICT ? E_DEVICE : err;
		out.n += err == OK;
		out.odd += err != OK;
	}
	if (row->private)
		TRY(count_public_ones(p11, row, &out.odd));
	*ret_data = out;
	return OK;
}

const struct p11_trust_datum *
p11_trust_highest(const struct p11_trust_data *data)
{
	const struct p11_trust_datum *highest = NULL;

	for (size_t i = 0; i < data->n; i++)
		if (!highest || data->datum[i].number > highest->number)
			highest = &data->datum[i];
	return highest;
}

/* --- protection ----------------------------------------------------------- */

static const CK_ATTRIBUTE_TYPE protections[] = {
	CKA_TRUSTED,
	CKA_MODIFIABLE,
	CKA_DESTROYABLE,
	CKA_PRIVATE,
};
#define PROTECTIONS ARRAY_LEN(protections)

static enum hsm_tristate
tristate_of(const CK_ATTRIBUTE *read, uint8_t value)
{
	if (read->ulValueLen != sizeof(CK_BBOOL) || value > CK_TRUE)
		return HSM_UNSAID;
	return value == CK_TRUE ? HSM_YES : HSM_NO;
}

#define UNWRITTEN 0xff /* neither CK_TRUE nor CK_FALSE */

/* By one call where the token knows all four, because a call to a network HSM is a
 * round trip.  Some modules stop at the first that they do not know, so then each
 * is read by itself. */
err_t
p11_trust_said(struct p11 *p11, CK_OBJECT_HANDLE object,
               struct hsm_trust_said *ret_said)
{
	enum hsm_tristate said[PROTECTIONS] = { HSM_UNSAID, HSM_UNSAID,
		                                HSM_UNSAID, HSM_UNSAID };
	uint8_t bytes[PROTECTIONS];
	CK_ATTRIBUTE asked[PROTECTIONS];

	memset(bytes, UNWRITTEN, sizeof(bytes));
	for (size_t i = 0; i < PROTECTIONS; i++)
		asked[i] = (CK_ATTRIBUTE){ protections[i], &bytes[i], 1 };
	err_t err = P11_CALL(p11, C_GetAttributeValue, p11->session, object,
	                     asked, PROTECTIONS);
	if (is_gone(p11, err))
		return E_CONFLICT;
	for (size_t i = 0; err == E_DENIED && i < PROTECTIONS; i++) {
		struct p11_value one = { &bytes[i], 1, 0 };
		err_t read = p11_read(p11, object, protections[i], &one);

		if (read != OK && read != E_NOT_FOUND)
			return read;
		asked[i].ulValueLen = read == OK ? one.len : 0;
	}
	if (err != OK && err != E_DENIED)
		return err;
	for (size_t i = 0; i < PROTECTIONS; i++)
		said[i] = tristate_of(&asked[i], bytes[i]);
	*ret_said =
	        (struct hsm_trust_said){ said[0], said[1], said[2], said[3] };
	return OK;
}

/* --- certificates --------------------------------------------------------- */

static err_t
find_certificates(struct p11 *p11, bool trusted_only, CK_OBJECT_HANDLE *found,
                  CK_ULONG *in_out_n)
{
	const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_TRUSTED, &yes, sizeof(yes)),
	};

	return p11_find(p11, wanted, ARRAY_LEN(wanted) - !trusted_only, found,
	                in_out_n);
}

bool
p11_is_listed(const CK_OBJECT_HANDLE *list, size_t n, CK_OBJECT_HANDLE object)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == object)
			return true;
	return false;
}

err_t
p11_trust_find(struct p11 *p11, CK_OBJECT_HANDLE *found, size_t room,
               size_t *ret_n, size_t *ret_found)
{
	CK_OBJECT_HANDLE all[P11_FIND_MAX];
	CK_ULONG n_all = ARRAY_LEN(all);
	CK_ULONG n = room;
	err_t err = find_certificates(p11, true, found, &n);

	if (err == E_DENIED) /* a token without CKA_TRUSTED */
		n = 0;
	else
		TRY(err);
	/* Anybody may add more than are looked at here. */
	TRY(find_certificates(p11, false, all, &n_all));
	for (CK_ULONG i = 0; i < n_all && n < room; i++)
		if (!p11_is_listed(found, n, all[i]))
			found[n++] = all[i];
	*ret_n = n;
	*ret_found = n_all > n ? n_all : n;
	return OK;
}

err_t
p11_trust_der(struct p11 *p11, CK_OBJECT_HANDLE object, struct buf *out)
{
	CK_ATTRIBUTE asked = { CKA_VALUE, NULL, 0 };
	err_t err = P11_CALL(p11, C_GetAttributeValue, p11->session, object,
	                     &asked, 1);

	if (err != OK && err != E_DENIED)
		return err;
	if (err == E_DENIED || asked.ulValueLen == 0 ||
	    asked.ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return p11_fail(p11, E_MALFORMED,
		                "the certificate has no bytes");
	struct p11_value read = { buf_extend(out, asked.ulValueLen),
		                  asked.ulValueLen, 0 };
	if (!read.data)
		return p11_fail(p11, buf_status(out),
		                "the certificate has %lu bytes, more than %zu",
		                asked.ulValueLen, out->ceiling);
	memset(read.data, 0, read.room); /* a module may say OK and not write */
	err = p11_read(p11, object, CKA_VALUE, &read);
	if (err == E_NOT_FOUND || (err == OK && read.len != read.room))
		return p11_fail(p11, E_IO, "the certificate changed meanwhile");
	return err;
}

static err_t
read_certificate_label(struct p11 *p11, CK_OBJECT_HANDLE object, char *label)
{
	struct p11_value read = { label, HSM_TRUST_LABEL_MAX, 0 };
	err_t err = p11_read(p11, object, CKA_LABEL, &read);

	label[err == OK ? read.len : 0] = '\0';
	return err == E_NOT_FOUND ? OK : err;
}

err_t
p11_trust_certificate(void *own, uint64_t number,
                      struct hsm_trust_certificate *ret_read)
{
	struct p11 *p11 = own;
	CK_OBJECT_HANDLE object = (CK_OBJECT_HANDLE)number;

	TRY(p11_trust_der(p11, object, &ret_read->der));
	TRY(p11_trust_said(p11, object, &ret_read->said));
	return read_certificate_label(p11, object, ret_read->label);
}

/* --- the list ------------------------------------------------------------- */

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static err_t
tell_place(struct p11 *p11, struct hsm_trust_place *out)
{
	AUTO(buf_release)
	struct buf text = buf_of(HSM_TRUST_COUNTER_SIZE - 1);
	char serial[P11_TOKEN_SERIAL + 1];
	CK_TOKEN_INFO info = { .flags = 0 };

	TRY(P11_CALL(p11, C_GetTokenInfo, p11->slot, &info));
	p11_text(info.serialNumber, sizeof(info.serialNumber), serial);
	buf_append_str(&text, "pkcs11:serial=");
	for (const char *c = serial; *c; c++)
		buf_printf(&text, is_unreserved(*c) ? "%c" : "%%%02X",
		           (unsigned char)*c);
	buf_printf(&text, ";object=%s", rows[P11_COUNTER].label);
	TRY(buf_status(&text));
	memcpy(out->counter, buf_str(&text), text.len + 1);
	return OK;
}

static err_t
list_genesis(struct p11 *p11, struct hsm_trust *out)
{
	struct p11_trust_data data;

	TRY(p11_trust_read_data(p11, P11_GENESIS, &data));
	out->n_odd += data.odd;
	for (size_t i = 0; i < data.n; i++) {
		struct hsm_trust_genesis genesis = { .digest = { 0 } };

		if (out->n_genesis >= HSM_TRUST_GENESIS_MAX) {
			out->n_genesis++; /* counted, not read */
			continue;
		}
		memcpy(genesis.digest, data.datum[i].digest, HASH_SIZE);
		err_t err = p11_trust_said(p11, data.datum[i].object,
		                           &genesis.said);
		if (err == E_CONFLICT)
			continue;
		TRY(err);
		out->genesis[out->n_genesis++] = genesis;
	}
	return OK;
}

static err_t
list_head_and_counter(struct p11 *p11, struct hsm_trust *out)
{
	struct p11_trust_data data;
	const struct p11_trust_datum *highest;

	TRY(p11_trust_read_data(p11, P11_HEAD, &data));
	out->n_heads = data.n;
	out->n_odd += data.odd;
	highest = p11_trust_highest(&data);
	if (highest) {
		out->head.version = highest->number;
		memcpy(out->head.digest, highest->digest, HASH_SIZE);
	}
	TRY(p11_trust_read_data(p11, P11_COUNTER, &data));
	out->n_counters = data.n;
	out->n_odd += data.odd;
	highest = p11_trust_highest(&data);
	out->counter = highest ? highest->number : 0;
	return OK;
}

err_t
p11_trust_list(void *own, struct hsm_trust *ret_trust)
{
	struct p11 *p11 = own;
	CK_OBJECT_HANDLE found[HSM_TRUST_CERTIFICATES_MAX];

	TRY(p11_trust_find(p11, found, ARRAY_LEN(found),
	                   &ret_trust->n_certificates, &ret_trust->n_found));
	for (size_t i = 0; i < ret_trust->n_certificates; i++)
		ret_trust->certificates[i] = found[i];
	TRY(tell_place(p11, &ret_trust->place));
	TRY(list_genesis(p11, ret_trust));
	return list_head_and_counter(p11, ret_trust);
}
