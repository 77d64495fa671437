/*
 * response.h - the header fields of a response, the same in both protocols.
 */
#ifndef FRONT_HTTP_RESPONSE_H
#define FRONT_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/encode.h"
#include "front/http/request.h"

#define RESPONSE_FIELDS_MAX 8

struct response_field {
	struct bytes name; /* static, lower case */
	struct bytes value;
	bool unique; /* differs each time: not for the HPACK table */
};

/* Views point into this struct and into the response, so it must not be
 * copied. */
struct response_fields {
	char status[DECIMAL_SIZE], length[DECIMAL_SIZE], retry[DECIMAL_SIZE];
	char id[REQUEST_ID_TEXT], allow[32];
	struct response_field rows[RESPONSE_FIELDS_MAX];
};

/* Returns the number of rows; the first is ":status". */
size_t response_fields(const struct request *r, const struct response *a,
                       struct response_fields *ret_fields);

#endif
