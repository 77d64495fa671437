/*
 * login.c - one login of two devices, a token and the TPM beside it, which
 * have one PIN.
 *
 * The mark that login_begins() sets stands until both have said yes.  Were it
 * lifted between the two, a life that ends there would take away what says that
 * the PIN is in doubt, and a wrong one could be tried in the TPM life after life.
 * For the same reason a doubt from an earlier life stays when this one did not
 * come to an answer: it may be the TPM's, which perhaps was not even asked.
 */
#include "hsm/core/int.h"

static void
hand_on(struct hsm_login *l, err_t outcome)
{
	bool answered = outcome == OK || outcome == E_LATCHED;

	l->ended = true;
	if (l->asked.login_doubtful && !answered)
		return;
	if (l->asked.login_ended)
		l->asked.login_ended(l->asked.login_arg, outcome);
}

/* The second time it is the TPM's. */
static err_t
begins(void *arg)
{
	struct hsm_login *l = arg;

	l->beside = l->begun;
	if (!l->begun && l->asked.login_begins)
		TRY(l->asked.login_begins(l->asked.login_arg));
	l->begun = true;
	return OK;
}

static void
ended(void *arg, err_t outcome)
{
	struct hsm_login *l = arg;

	if (outcome != OK || l->beside)
		hand_on(l, outcome);
}

static void
call_begins(void *arg, bool slow)
{
	struct hsm_login *l = arg;

	if (l->asked.call_begins)
		l->asked.call_begins(l->asked.login_arg, slow);
}

struct hsm_options
hsm_login_both(struct hsm_login *l, const struct hsm_options *asked)
{
	struct hsm_options out = *asked;

	l->asked = *asked;
	out.login_begins = begins;
	out.login_ended = ended;
	out.call_begins = call_begins;
	out.login_arg = l;
	return out;
}

void
hsm_login_over(struct hsm_login *l, err_t outcome)
{
	if (l->begun && !l->ended && !l->beside)
		hand_on(l, outcome);
}
