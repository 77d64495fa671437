/*
 * openapi.c - GET /openapi.json: docs/openapi.json, embedded.
 */
#include "front/api/api.h"

/* docs/openapi.mk rebuilds this object when the document changes. */
__asm__(".section .rodata\n"
        ".global front_openapi, front_openapi_end\n"
        ".hidden front_openapi, front_openapi_end\n"
        "front_openapi:\n"
        ".incbin \"docs/openapi.json\"\n"
        "front_openapi_end:\n"
        ".previous\n");

extern const uint8_t front_openapi[], front_openapi_end[];

void
api_openapi_get(struct request *r)
{
	request_json(r, 200,
	             bytes_of(front_openapi,
	                      (size_t)(front_openapi_end - front_openapi)));
}
