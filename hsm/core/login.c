/*
 * login.c - combines the logins of a token and of its companion TPM, which have
 * the same PIN, into one.
 *
 * login_begins() sets the latch, and it stays until both devices have accepted
 * the PIN.  If it were removed after the first, a process that ends before the
 * second would leave no trace of the doubtful login, and every restart could
 * try a wrong PIN in the TPM.  For the same reason a doubt from an earlier run
 * stays when this login ends without an answer: the doubt may concern the TPM,
 * which was perhaps not asked.
 */
#include "hsm/core/int.h"

/* Passes the outcome on to the caller.  "Answered" means that the device
 * accepted or refused the PIN. */
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

/* Called twice: for the token, which sets the latch, and then for the TPM. */
static err_t
relay_login_begins(void *arg)
{
	struct hsm_login *l = arg;

	l->companion = l->begun;
	if (!l->begun && l->asked.login_begins)
		TRY(l->asked.login_begins(l->asked.login_arg));
	l->begun = true;
	return OK;
}

static void
relay_login_ended(void *arg, err_t outcome)
{
	struct hsm_login *l = arg;

	if (outcome != OK || l->companion)
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
	out.login_begins = relay_login_begins;
	out.login_ended = relay_login_ended;
	out.call_begins = call_begins;
	out.login_arg = l;
	return out;
}

void
hsm_login_over(struct hsm_login *l, err_t outcome)
{
	if (l->begun && !l->ended && !l->companion)
		hand_on(l, outcome);
}
