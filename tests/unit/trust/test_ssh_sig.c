/*
 * test_ssh_sig.c - detached SSH signatures: those of ssh-keygen verify, none
 * does with a byte changed, and each has one spelling.
 */
#include "tests/common/base/harness.h"
#include "tests/common/fakes/ssh_kit.h"
#include "trust/chain.h"
#include "trust/ssh_wire.h"

static const char *const hashes[] = { ".sha512.sig", ".sha256.sig" };

static err_t
verify_for(const struct ssh_key *key, const char *namespace,
           struct bytes message, struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	err_t err = ssh_sig_verify(key, bytes_of_str(namespace), message, text,
	                           &why);

	CU_ASSERT_EQUAL(why.len == 0, err == OK); /* whoever refuses says why */
	return err;
}

static err_t
verify(const struct ssh_key *key, struct bytes message, struct bytes text)
{
	return verify_for(key, TRUST_NAMESPACE, message, text);
}

static void
test_stock(void)
{
	AUTO(buf_release) struct buf message = ssh_kit_read("message", "");
	struct bytes shorter = bytes_of(message.data, message.len - 1);

	for (size_t i = 0; i < 2 * SSH_KIT_STOCK; i++) {
		const char *name = ssh_kit_stock[i / 2];
		AUTO(buf_release)
		struct buf text = ssh_kit_read(name, hashes[i % 2]);
		struct ssh_key key = ssh_kit_stock_key(name);
		struct ssh_key other = ssh_kit_stock_key(
		        ssh_kit_stock[(i / 2 + 1) % SSH_KIT_STOCK]);
		struct ssh_key said;

		CU_ASSERT_EQUAL(
		        verify(&key, buf_bytes(&message), buf_bytes(&text)),
		        OK);
		CU_ASSERT_EQUAL(verify(&key, shorter, buf_bytes(&text)),
		                E_DENIED);
		CU_ASSERT_EQUAL(verify(&key, bytes_of("", 0), buf_bytes(&text)),
		                E_DENIED);
		CU_ASSERT_EQUAL(
		        verify(&other, buf_bytes(&message), buf_bytes(&text)),
		        E_DENIED);
		CU_ASSERT_EQUAL(verify_for(&key, "git", buf_bytes(&message),
		                           buf_bytes(&text)),
		                E_DENIED);
		CU_ASSERT_EQUAL(verify_for(&key, "", buf_bytes(&message),
		                           buf_bytes(&text)),
		                E_DENIED);
		CU_ASSERT_EQUAL_FATAL(ssh_sig_key(buf_bytes(&text), &said), OK);
		CU_ASSERT(memcmp(said.id, key.id, HASH_SIZE) == 0);
	}
}

static void
test_stock_namespace(void)
{
	AUTO(buf_release) struct buf message = ssh_kit_read("message", "");
	AUTO(buf_release) struct buf text = ssh_kit_read("ed25519-git", ".sig");
	struct ssh_key key = ssh_kit_stock_key("ed25519");

	CU_ASSERT_EQUAL(
	        verify_for(&key, "git", buf_bytes(&message), buf_bytes(&text)),
	        OK);
	CU_ASSERT_EQUAL(verify(&key, buf_bytes(&message), buf_bytes(&text)),
	                E_DENIED);
}

static void
test_stock_refused(void)
{
	static const char *const names[] = { "p521", "rsa-1024" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(buf_release)
		struct buf text = ssh_kit_read(names[i], ".sha512.sig");
		struct ssh_key key;

		CU_ASSERT_EQUAL(ssh_sig_key(buf_bytes(&text), &key),
		                E_MALFORMED);
	}
}

/* All positions of the text and of what is in it. */
static void
test_bytes_changed(void)
{
	AUTO(buf_release) struct buf message = ssh_kit_read("message", "");

	for (size_t i = 0; i < SSH_KIT_STOCK; i++) {
		AUTO(buf_release)
		struct buf text = ssh_kit_read(ssh_kit_stock[i], ".sha512.sig");
		struct ssh_key key = ssh_kit_stock_key(ssh_kit_stock[i]);

		for (size_t n = 0; n < text.len; n++) {
			CU_ASSERT_NOT_EQUAL(verify(&key, buf_bytes(&message),
			                           bytes_of(text.data, n)),
			                    OK);
			text.data[n] ^= 1;
			CU_ASSERT_NOT_EQUAL(verify(&key, buf_bytes(&message),
			                           buf_bytes(&text)),
			                    OK);
			text.data[n] ^= 1;
		}
		for (size_t n = 0; n < message.len; n++) {
			message.data[n] ^= 1;
			CU_ASSERT_EQUAL(verify(&key, buf_bytes(&message),
			                       buf_bytes(&text)),
			                E_DENIED);
			message.data[n] ^= 1;
		}
	}
}

/* --- spelling ------------------------------------------------------------- */

static err_t
verify_text(const struct buf *text)
{
	AUTO(buf_release) struct buf message = ssh_kit_read("message", "");
	struct ssh_key key = ssh_kit_stock_key("ed25519");

	return verify(&key, buf_bytes(&message), buf_bytes(text));
}

static void
test_columns(void)
{
	static const size_t columns[] = { 1, 64, 69, 70, 71, 72, 76, 1000 };
	AUTO(buf_release)
	struct buf text = ssh_kit_read("ed25519", ".sha512.sig");
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

	ssh_kit_unarmour(&text, &blob);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		AUTO(buf_release) struct buf again = buf_of(SSH_KIT_MAX);

		ssh_kit_armour(buf_bytes(&blob), columns[i], &again);
		CU_ASSERT_EQUAL(verify_text(&again),
		                columns[i] == 70 ? OK : E_MALFORMED);
	}
}

static void
test_around(void)
{
	static const char *const rows[][2] = {
		{ "\n", "" },
		{ " ", "" },
		{ "\357\273\277", "" }, /* a byte order mark */
		{ "", "\n" },
		{ "", " " },
		{ "", "-----END SSH SIGNATURE-----\n" },
		{ "-----BEGIN SSH SIGNATURE-----\n", "" },
		{ "untrusted comment\n", "" },
	};
	AUTO(buf_release)
	struct buf text = ssh_kit_read("ed25519", ".sha512.sig");
	AUTO(buf_release) struct buf twice = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf lines = buf_of(SSH_KIT_MAX);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf odd = buf_of(SSH_KIT_MAX);

		buf_append_str(&odd, rows[i][0]);
		buf_append(&odd, buf_bytes(&text));
		buf_append_str(&odd, rows[i][1]);
		CU_ASSERT_EQUAL(verify_text(&odd), E_MALFORMED);
	}
	for (size_t i = 0; i < 2; i++)
		buf_append(&twice, buf_bytes(&text));
	CU_ASSERT_EQUAL(verify_text(&twice), E_MALFORMED);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n')
			buf_u8(&lines, '\r');
		buf_u8(&lines, text.data[i]);
	}
	CU_ASSERT_EQUAL(verify_text(&lines), E_MALFORMED);
	CU_ASSERT_EQUAL(verify_text(&text), OK);
}

/* --- fields --------------------------------------------------------------- */

/* The fields of a signature by a key in software, each of which a test may say
 * otherwise. */
struct fields {
	const char *magic;
	uint32_t version;
	struct bytes key, namespace, reserved;
	const char *hash, *name;
	struct bytes raw, after_raw, after;
};

static void
put_fields(const struct fields *f, struct buf *text)
{
	AUTO(buf_release) struct buf field = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

	ssh_put_string(&field, bytes_of_str(f->name));
	ssh_put_string(&field, f->raw);
	buf_append(&field, f->after_raw);
	buf_append_str(&blob, f->magic);
	buf_u32(&blob, f->version);
	ssh_put_string(&blob, f->key);
	ssh_put_string(&blob, f->namespace);
	ssh_put_string(&blob, f->reserved);
	ssh_put_string(&blob, bytes_of_str(f->hash));
	ssh_put_string(&blob, buf_bytes(&field));
	buf_append(&blob, f->after);
	ssh_kit_armour(buf_bytes(&blob), 70, text);
}

/* All but raw; the views are into the key. */
static struct fields
fields_of(const struct ssh_key *key, const char *name)
{
	return (struct fields){
		.magic = "SSHSIG",
		.version = 1,
		.key = bytes_of(key->blob, key->blob_len),
		.namespace = ssh_kit_namespace(),
		.hash = "sha512",
		.name = name,
	};
}

/* A field that is otherwise; NULL and 0: as it is. */
static const struct field_row {
	const char *what, *magic;
	int version; /* -1: 0 */
	const char *reserved, *hash, *name;
	size_t after_raw, after, cut_raw, cut_key; /* bytes */
	bool no_namespace;
} field_rows[] = {
	{ .what = "another magic", .magic = "SSHSIh" },
	{ .what = "version 0", .version = -1 },
	{ .what = "version 2", .version = 2 },
	{ .what = "something reserved", .reserved = "tags" },
	{ .what = "a hash that ssh-keygen does not write", .hash = "sha384" },
	{ .what = "a weak hash", .hash = "sha1" },
	{ .what = "a signature of an RSA key", .name = "rsa-sha2-512" },
	{ .what = "a signature of a FIDO key",
	  .name = "sk-ssh-ed25519@openssh.com" },
	{ .what = "a byte after the signature", .after_raw = 1 },
	{ .what = "flags of a key that is not FIDO's", .after_raw = 5 },
	{ .what = "a byte after the fields", .after = 1 },
	{ .what = "a signature cut off", .cut_raw = 1 },
	{ .what = "no signature", .cut_raw = 64 },
	{ .what = "a key cut off", .cut_key = 1 },
	{ .what = "no namespace", .no_namespace = true },
};

static void
spoil_fields(struct fields *f, const struct field_row *row)
{
	static const uint8_t zero[8];

	f->magic = row->magic ? row->magic : f->magic;
	f->version = row->version > 0   ? (uint32_t)row->version
	             : row->version < 0 ? 0
	                                : f->version;
	f->reserved = bytes_of_str(row->reserved);
	f->hash = row->hash ? row->hash : f->hash;
	f->name = row->name ? row->name : f->name;
	f->after_raw = bytes_of(zero, row->after_raw);
	f->after = bytes_of(zero, row->after);
	f->raw.len -= row->cut_raw;
	f->key.len -= row->cut_key;
	if (row->no_namespace)
		f->namespace = bytes_of(NULL, 0);
}

static void
test_fields(void)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ED25519, "fields");
	AUTO(buf_release) struct buf sign = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf good = buf_of(SSH_KIT_MAX);
	struct bytes message = bytes_of_str("message");
	struct ssh_key key = ssh_kit_key_of(soft);

	ssh_sig_signed(ssh_kit_namespace(), message, &sign);
	soft_key_sign(soft, buf_bytes(&sign), &raw);
	struct fields fields = fields_of(&key, "ssh-ed25519");
	fields.raw = buf_bytes(&raw);
	put_fields(&fields, &good);
	CU_ASSERT_EQUAL(verify(&key, message, buf_bytes(&good)), OK);
	for (size_t i = 0; i < ARRAY_LEN(field_rows); i++) {
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		struct fields f = fields;

		spoil_fields(&f, &field_rows[i]);
		put_fields(&f, &text);
		err_t err = verify(&key, message, buf_bytes(&text));
		CU_ASSERT_EQUAL(err, E_MALFORMED);
		if (err != E_MALFORMED)
			printf("%s: %s\n", field_rows[i].what, err_name(err));
	}
}

/* The hash that is named is the hash that is computed. */
static void
test_hash_name(void)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ED25519, "fields");
	AUTO(buf_release) struct buf sign = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
	struct ssh_key key = ssh_kit_key_of(soft);

	ssh_sig_signed(ssh_kit_namespace(), bytes_of_str("message"), &sign);
	soft_key_sign(soft, buf_bytes(&sign), &raw);
	struct fields fields = fields_of(&key, "ssh-ed25519");
	fields.raw = buf_bytes(&raw);
	fields.hash = "sha256";
	put_fields(&fields, &text);
	CU_ASSERT_EQUAL(verify(&key, bytes_of_str("message"), buf_bytes(&text)),
	                E_DENIED);
}

/* --- ECDSA's numbers ------------------------------------------------------ */

enum numbers {
	NUMBERS_GOOD,
	NUMBERS_ZERO,
	NUMBERS_TOO_BIG,
	NUMBERS_LONG, /* zeros in front that it does not need */
	NUMBERS_RAW,  /* as a device gives them */
	NUMBERS_FOLLOWED,
	NUMBERS_CUT,
	NUMBERS_ROWS
};

static void
put_numbers(enum numbers row, struct bytes raw, struct buf *out)
{
	static const uint8_t big[33] = { 1 };
	struct bytes r = bytes_of(raw.data, 32);

	if (row == NUMBERS_ZERO)
		r = bytes_of(big + 1, 32);
	if (row == NUMBERS_TOO_BIG)
		r = bytes_of(big, 33);
	if (row == NUMBERS_LONG) {
		buf_u32(out, 34);
		buf_u16(out, 0);
	}
	if (row == NUMBERS_LONG || row == NUMBERS_RAW)
		buf_append(out, r);
	else
		ssh_put_mpint(out, r);
	ssh_put_mpint(out, bytes_of(raw.data + 32, 32));
	if (row == NUMBERS_FOLLOWED)
		buf_u8(out, 0);
	if (row == NUMBERS_CUT)
		out->len--;
}

static void
test_ecdsa_numbers(void)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, "numbers");
	struct ssh_key key = ssh_kit_key_of(soft);
	AUTO(buf_release) struct buf sign = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);

	ssh_sig_signed(ssh_kit_namespace(), bytes_of_str("message"), &sign);
	soft_key_sign(soft, buf_bytes(&sign), &raw);
	for (enum numbers row = 0; row < NUMBERS_ROWS; row++) {
		AUTO(buf_release) struct buf rs = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		struct fields f = fields_of(&key, "ecdsa-sha2-nistp256");

		put_numbers(row, buf_bytes(&raw), &rs);
		f.raw = buf_bytes(&rs);
		put_fields(&f, &text);
		CU_ASSERT_EQUAL(
		        verify(&key, bytes_of_str("message"), buf_bytes(&text)),
		        row == NUMBERS_GOOD ? OK : E_MALFORMED);
	}
}

/* Of the same length as the key's signatures: not this text's.  Of another one:
 * nobody's, for whatever namespace it is. */
static void
test_length(void)
{
	static const struct {
		const char *key, *name;
		size_t bytes;
	} rows[] = {
		{ "ed25519", "ssh-ed25519", 64 },
		{ "rsa-2048", "rsa-sha2-512", 256 },
	};
	static const uint8_t zero[300];

	for (size_t i = 0; i < 3 * ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		struct ssh_key key = ssh_kit_stock_key(rows[i / 3].key);
		struct fields f = fields_of(&key, rows[i / 3].name);

		f.raw = bytes_of(zero, rows[i / 3].bytes + i % 3 - 1);
		put_fields(&f, &text);
		CU_ASSERT_EQUAL(verify_for(&key, "git", bytes_of_str("message"),
		                           buf_bytes(&text)),
		                i % 3 == 1 ? E_DENIED : E_MALFORMED);
	}
}

static const struct harness_test tests[] = {
	{ "stock signatures verify", test_stock },
	{ "a stock signature for another namespace", test_stock_namespace },
	{ "stock signatures by other keys are refused", test_stock_refused },
	{ "one byte changed at every position", test_bytes_changed },
	{ "lines break where ssh-keygen breaks them", test_columns },
	{ "nothing stands around the armour", test_around },
	{ "each field has one value", test_fields },
	{ "the hash is the one that is named", test_hash_name },
	{ "ECDSA's numbers have one encoding", test_ecdsa_numbers },
	{ "a signature of another length", test_length },
	{ NULL, NULL },
};
HARNESS_MAIN("ssh_sig", tests)
