/*
 * description.h - the KeyDescription that a software device writes.
 */
#ifndef KM_DESCRIPTION_H
#define KM_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

#define KM_VALUE 512 /* bytes of one value */
#define KM_FIELDS 64 /* of one AuthorizationList */

/* One element of an AuthorizationList: the DER inside of its tag. */
struct km_field {
	uint32_t tag;
	size_t len;
	uint8_t value[KM_VALUE];
};

/* In the order in which they are written. */
struct km_list {
	size_t n;
	struct km_field fields[KM_FIELDS];
};

struct km_root {
	size_t key_len, hash_len;
	uint8_t key[64], hash[64];
	bool has_hash;  /* from version 3 */
	uint8_t locked; /* the BOOLEAN's byte: 0xff is true */
	uint8_t state;
};

struct km_description {
	uint64_t version, level, keymint_version, keymint_level;
	size_t challenge_len, unique_id_len;
	uint8_t challenge[256], unique_id[64];
	struct km_list software, hardware;
	struct bytes raw;     /* borrowed; instead of all, when not empty */
	struct bytes trailer; /* borrowed; after the last field, inside */
};

/* Each sets the element with this tag, or appends it. */
void km_int(struct km_list *list, uint32_t tag, uint64_t value);
void km_bytes(struct km_list *list, uint32_t tag, struct bytes value);
void km_flag(struct km_list *list, uint32_t tag);
void km_set(struct km_list *list, uint32_t tag, const uint64_t *values,
            size_t n);
void km_der(struct km_list *list, uint32_t tag, struct bytes der);
void km_root(struct km_list *list, const struct km_root *root);

/* Appends without looking whether there is one. */
void km_again(struct km_list *list, uint32_t tag, struct bytes der);

void km_drop(struct km_list *list, uint32_t tag);
struct km_field *km_find(struct km_list *list, uint32_t tag);
void km_swap(struct km_list *list, size_t a, size_t b);

/* AttestationApplicationId with one package and one signer, as DER. */
void km_application(struct km_list *list, const char *package,
                    const uint8_t signer[static HASH_SIZE]);

/* The root of trust of a good device, by its number. */
struct km_root km_root_of(unsigned device);

/* The content of the extension. */
void km_description_put(const struct km_description *d, struct buf *out);

/* A DER element: tag byte, length, content. */
void km_tlv(struct buf *out, uint8_t tag, struct bytes content);

#endif
