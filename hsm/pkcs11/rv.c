/*
 * rv.c - classifies return codes; see rv.def.
 */
#include "hsm/pkcs11/int.h"

struct row {
	CK_RV rv;
	enum p11_class class;
	bool before_pin;
	const char *name;
};

#define BEFORE true
#define PERHAPS false
static const struct row rows[] = {
#define P11_RV(name, number, class, judged) \
	{ number, P11_##class, judged, "CKR_" #name },
#include "hsm/pkcs11/rv.def"
#undef P11_RV
};
#undef BEFORE
#undef PERHAPS

static const struct row unknown = { 0, P11_LOST, false, "unknown code" };

static const struct row *
find_rv_row(CK_RV rv)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].rv == rv)
			return &rows[i];
	return &unknown;
}

enum p11_class
p11_rv_class(CK_RV rv)
{
	return find_rv_row(rv)->class;
}

bool
p11_rv_before_pin(CK_RV rv)
{
	return find_rv_row(rv)->before_pin;
}

const char *
p11_rv_name(CK_RV rv)
{
	return find_rv_row(rv)->name;
}

err_t
p11_rv_err(CK_RV rv)
{
	switch (p11_rv_class(rv)) {
	case P11_FINE:
		return OK;
	case P11_LATCH:
		return E_LATCHED;
	case P11_REFUSE:
		return E_DENIED;
	case P11_LOST:
		return E_DEVICE;
	}
	return E_DEVICE;
}
