/*
 * check.c - anchord-keyholder --check NUMBER [device], which `anchord --check`
 * runs because only this program parses token URIs and loads modules.  It reads
 * the configuration from standard input, does not log in, and locks no sandbox.
 */
#include "keyholder/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/config.h"
#include "hsm/core/look.h"
#include "hsm/core/words.h"
#include "proc/role.h"
#include "proc/role_spawn.h"

static int
say_token_fault(const struct config_token *t, const char *what, const char *why)
{
	fprintf(stderr, "anchord: token %s: %s%s%s\n", t->name, what,
	        *why ? ": " : "", why);
	return ROLE_EXIT_START;
}

static err_t
read_checked_config(struct config **ret_config)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);

	TRY(spawn_input(&text));
	return config_parse(buf_bytes(&text), &why, ret_config);
}

/* --- settings and latch --------------------------------------------------- */

static int
check_uri(const struct config_token *t, const char *setting, const char *uri)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	err_t err = hsm_look_uri(uri, &why);

	return err == OK ? ROLE_EXIT_OK
	                 : say_token_fault(t, setting,
	                                   why.len ? buf_str(&why)
	                                           : err_name(err));
}

static int
check_latch(const struct config_token *t)
{
	AUTO(buf_release) struct buf path = buf_of(4096);

	buf_printf(&path, "%s/" HSM_LATCH_FILE, t->state);
	if (buf_status(&path) != OK || access(buf_str(&path), F_OK) != 0)
		return ROLE_EXIT_OK;
	return say_token_fault(
	        t, "the PIN is latched",
	        "remove the cause, then run 'anchorctl token unlatch'");
}

/* --- the device ----------------------------------------------------------- */

/* Reports a state of the PIN in which the key holder would not log in. */
static int
check_pin(const struct config_token *t, const struct hsm_look *look)
{
	if (!look->set)
		return say_token_fault(t, "it has no user PIN",
		                       "the security officer must set one");
	if (look->locked)
		return say_token_fault(t, "its user PIN is locked",
		                       "the security officer must reset it");
	if (look->final_try)
		return say_token_fault(t, "one more wrong PIN would lock it",
		                       "log in by hand once with the right "
		                       "PIN");
	return ROLE_EXIT_OK;
}

static int
look_at(const struct config_token *t, const char *uri, const char *unreached)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_look look;
	err_t err = hsm_look(t->module, uri, &why, &look);

	if (err != OK)
		return say_token_fault(t, unreached,
		                       why.len ? buf_str(&why) : err_name(err));
	return look.told ? check_pin(t, &look) : ROLE_EXIT_OK;
}

static int
worse_exit_status(int a, int b)
{
	return a == ROLE_EXIT_OK ? b : a;
}

static int
check_one_token(const struct config_token *t, bool device)
{
	int status = check_uri(t, "uri", t->uri);

	if (device && status == ROLE_EXIT_OK)
		status = look_at(t, t->uri, "it cannot be reached");
	if (t->companion_tpm[0]) {
		int other = check_uri(t, "companion_tpm", t->companion_tpm);

		if (device && other == ROLE_EXIT_OK)
			other = look_at(t, t->companion_tpm,
			                "the TPM beside it cannot be reached");
		status = worse_exit_status(status, other);
	}
	return worse_exit_status(status, check_latch(t));
}

int
check_device(const char *number, bool device)
{
	AUTO(config_free) struct config *config = NULL;
	size_t i = strtoul(number, NULL, 10);
	err_t err = read_checked_config(&config);

	if (err != OK || i >= config->n_tokens) {
		fprintf(stderr, "anchord-keyholder: %s\n",
		        err == OK ? "no such token" : err_name(err));
		return ROLE_EXIT_START;
	}
	/* If a module hangs, SIGALRM ends this process; anchord reports it. */
	(void)alarm(config->tokens[i].start_ms / 1000 + 1);
	return check_one_token(&config->tokens[i], device);
}
