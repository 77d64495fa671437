/*
 * pins_made.c - see pins_made.h.
 */
#include "tests/common/fakes/pins_made.h"

#include <stdio.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"

struct pin
pins_kit_made(const struct softtoken *t)
{
	static const uint8_t id[] = { 2 };
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = ALG_ES256,
		                           .label = "next",
		                           .id = bytes_of(id, 1),
		                           .handle_label = "" };
	struct hsm_keygen_result r;

	CU_ASSERT_EQUAL_FATAL(
	        hsm_token_keygen(&name, t->pin, &wanted, &why, &r), OK);
	struct pin *pin = pins_kit_add(pins, "token", 1,
	                               bytes_of(r.spki, r.spki_len), ALG_ES256);
	snprintf(pin->uri, sizeof(pin->uri), "%s", r.uri);
	return *pin;
}
