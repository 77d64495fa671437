/*
 * software_roots.c - see software_roots.h.
 */
#include "evidence/software_roots.h"

#include "crypto/digest.h"

#define AOSP_WHY                                                             \
	"it is a root of AOSP's software implementation, whose private key " \
	"is public: anybody can make evidence below it"

static const struct software_root roots[] = {
	/* EC P-256, 2016 */
	{ { 0xd5, 0x10, 0x0c, 0x79, 0x42, 0xef, 0x2e, 0x83, 0x10, 0xdc, 0x30,
	    0xef, 0x82, 0x72, 0x96, 0x80, 0xcf, 0x48, 0xd6, 0x90, 0x73, 0x5c,
	    0x3f, 0x68, 0x17, 0x9a, 0x33, 0xc7, 0xc3, 0x70, 0xf2, 0x86 },
	  AOSP_WHY },
	/* RSA 1024, 2016 */
	{ { 0xf2, 0xc4, 0x74, 0x6f, 0x54, 0x59, 0x46, 0xc1, 0x00, 0xe7, 0x22,
	    0x97, 0xf8, 0xf9, 0x46, 0x34, 0x4d, 0x70, 0x52, 0xf0, 0x3a, 0x2f,
	    0x69, 0x42, 0x21, 0xf9, 0xc8, 0x93, 0xb0, 0xe6, 0xf7, 0x11 },
	  AOSP_WHY },
};

/* The common names of CAs that a simulator makes. */
static const struct {
	const char *common_name, *why;
} simulators[] = {
	{ "swtpm-localca",
	  "it is the CA of swtpm, a TPM in software, and its key is a file" },
	{ "swtpm-localca-rootca",
	  "it is the root CA of swtpm, a TPM in software, and its key is a "
	  "file" },
};

const struct software_root *
software_root_at(size_t i)
{
	return i < ARRAY_LEN(roots) ? &roots[i] : NULL;
}

const char *
software_root_why(const struct x509_cert *cert)
{
	uint8_t hash[HASH_SIZE];
	struct bytes name;

	digest_sha256(x509_cert_spki(cert), hash);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (memcmp(hash, roots[i].spki, HASH_SIZE) == 0)
			return roots[i].why;
	for (size_t nth = 0;
	     x509_cert_subject_value(cert, "2.5.4.3", nth, &name); nth++)
		for (size_t i = 0; i < ARRAY_LEN(simulators); i++)
			if (bytes_equal_str(name, simulators[i].common_name))
				return simulators[i].why;
	return NULL;
}
