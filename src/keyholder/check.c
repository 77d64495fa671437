/*
 * check.c - anchord-keyholder --check NUMBER [device]: what `anchord --check` asks
 * of the one program that knows URIs and may load a module.  The configuration
 * comes by standard input; nothing is logged in, and no sandbox is locked.
 */
#include "keyholder/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/config.h"
#include "hsm/admin/list.h"
#include "hsm/admin/rotate.h"
#include "hsm/core/words.h"
#include "proc/role.h"
#include "proc/role_spawn.h"

static int
say(const struct config_token *t, const char *what, const char *why)
{
	fprintf(stderr, "anchord: token %s: %s%s%s\n", t->name, what,
	        *why ? ": " : "", why);
	return ROLE_EXIT_START;
}

static err_t
read_config(struct config **ret_config)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(4096);

	TRY(spawn_input(&text));
	return config_parse(buf_bytes(&text), &why, ret_config);
}

/* --- what is written ------------------------------------------------------ */

static int
check_uri(const struct config_token *t, const char *setting, const char *uri,
          struct hsm_key_place *ret_place)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	err_t err = hsm_key_place(uri, &why, ret_place);

	return err == OK ? ROLE_EXIT_OK
	                 : say(t, setting,
	                       why.len ? buf_str(&why) : err_name(err));
}

static int
check_latch(const struct config_token *t)
{
	AUTO(buf_release) struct buf path = buf_of(4096);

	buf_printf(&path, "%s/" HSM_LATCH_FILE, t->state);
	if (buf_status(&path) != OK || access(buf_str(&path), F_OK) != 0)
		return ROLE_EXIT_OK;
	return say(t, "the PIN is latched",
	           "'anchorctl token unlatch' lifts it, when the cause is "
	           "mended");
}

/* --- the device ----------------------------------------------------------- */

static void
on_token(void *arg, const struct hsm_token *token)
{
	*(struct hsm_token *)arg = *token;
}

static void
on_object(void *arg, const struct hsm_object *object)
{
	(void)arg;
	(void)object;
}

/* What the token says of its PIN: the key holder would not even try. */
static int
check_pin(const struct config_token *t, const struct hsm_token *token)
{
	if (!token->initialized || !token->user_pin)
		return say(t, "it has no user PIN", "");
	if (token->pin_locked)
		return say(t, "its user PIN is locked", "");
	if (token->pin_final_try)
		return say(t, "one more wrong PIN would lock it",
		           "log in by hand once");
	return ROLE_EXIT_OK;
}

static int
look_at(const struct config_token *t, const struct hsm_key_place *place)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_token token = { .initialized = false };
	const struct hsm_list_ops ops = { on_token, on_object, &token };
	const struct hsm_token_name name = { t->module, place->token,
		                             place->serial };
	err_t err = place->tpm ? hsm_tpm2_list(t->uri, &ops, &why)
	                       : hsm_token_list(&name, NULL, &ops, &why);

	if (err != OK)
		return say(t, "it cannot be reached",
		           why.len ? buf_str(&why) : err_name(err));
	return place->tpm ? ROLE_EXIT_OK : check_pin(t, &token);
}

static int
look_beside(const struct config_token *t)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_token token;
	const struct hsm_list_ops ops = { on_token, on_object, &token };
	err_t err = hsm_tpm2_list(t->beside, &ops, &why);

	return err == OK ? ROLE_EXIT_OK
	                 : say(t, "the TPM beside it cannot be reached",
	                       why.len ? buf_str(&why) : err_name(err));
}

static int
worse(int a, int b)
{
	return a == ROLE_EXIT_OK ? b : a;
}

static int
check_token(const struct config_token *t, bool device)
{
	struct hsm_key_place place, beside;
	int status = check_uri(t, "uri", t->uri, &place);

	if (device && status == ROLE_EXIT_OK)
		status = look_at(t, &place);
	if (t->beside[0]) {
		int other = check_uri(t, "beside", t->beside, &beside);

		if (device && other == ROLE_EXIT_OK)
			other = look_beside(t);
		status = worse(status, other);
	}
	return worse(status, check_latch(t));
}

int
check_device(const char *number, bool device)
{
	AUTO(config_free) struct config *config = NULL;
	size_t i = strtoul(number, NULL, 10);
	err_t err = read_config(&config);

	if (err != OK || i >= config->n_tokens) {
		fprintf(stderr, "anchord-keyholder: %s\n",
		        err == OK ? "no such token" : err_name(err));
		return ROLE_EXIT_START;
	}
	/* A module that hangs ends this process, and says so by that. */
	(void)alarm(config->tokens[i].start_ms / 1000 + 1);
	return check_token(&config->tokens[i], device);
}
