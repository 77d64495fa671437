/*
 * rc.c - classifies return codes; see rc.def.
 */
#include "hsm/tpm2/int.h"

struct row {
	TSS2_RC rc;
	enum t2_class class;
	const char *name;
};

static const struct row of_tpm[] = {
#define T2_RC(name, number, class) { number, T2_##class, "TPM_RC_" #name },
#define T2_TSS(name, number, class)
#include "hsm/tpm2/rc.def"
#undef T2_RC
#undef T2_TSS
};

static const struct row of_tss[] = {
#define T2_RC(name, number, class)
#define T2_TSS(name, number, class) { number, T2_##class, "TSS2_RC_" #name },
#include "hsm/tpm2/rc.def"
#undef T2_RC
#undef T2_TSS
};

static const struct row unknown = { 0, T2_LOST, "unknown code" };

/* A resource manager may return TPM codes in its own layer. */
static bool
from_tpm(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER;
}

/* Removes the layer and, from a format-one code, the number of the handle,
 * session or parameter (TPM 2.0 Part 2, 6.6). */
TSS2_RC
t2_rc_base(TSS2_RC rc)
{
	TSS2_RC code = rc & ~TSS2_RC_LAYER_MASK;

	if (from_tpm(rc) && (code & TPM2_RC_FMT1))
		return code & 0xbf;
	return code;
}

static const struct row *
find_rc_row(TSS2_RC rc)
{
	bool tpm = from_tpm(rc);
	const struct row *rows = tpm ? of_tpm : of_tss;
	size_t n = tpm ? ARRAY_LEN(of_tpm) : ARRAY_LEN(of_tss);
	TSS2_RC code = t2_rc_base(rc);

	if (rc == TSS2_RC_SUCCESS)
		return &of_tpm[0];
	for (size_t i = 0; i < n; i++)
		if (rows[i].rc == code)
			return &rows[i];
	return &unknown;
}

/* A format-one code tells whether a parameter, a session or a handle is
 * meant. */
static bool
about_session(TSS2_RC rc)
{
	return from_tpm(rc) && (rc & TPM2_RC_FMT1) && !(rc & TPM2_RC_P) &&
	       (rc & TPM2_RC_S);
}

/* A refused session does not mean that the command is refused: the session is
 * gone. */
enum t2_class
t2_rc_class(TSS2_RC rc)
{
	enum t2_class class = find_rc_row(rc)->class;

	return class == T2_REFUSE && about_session(rc) ? T2_LOST : class;
}

bool
t2_rc_known(TSS2_RC rc)
{
	return find_rc_row(rc) != &unknown;
}

const char *
t2_rc_name(TSS2_RC rc)
{
	return find_rc_row(rc)->name;
}

err_t
t2_rc_err(TSS2_RC rc)
{
	switch (t2_rc_class(rc)) {
	case T2_FINE:
		return OK;
	case T2_LATCH:
		return E_LATCHED;
	case T2_REFUSE:
		return E_DENIED;
	case T2_LOST:
		return E_DEVICE;
	}
	return E_DEVICE;
}
