/*
 * verb_token_common.c - see verb_token.h.
 *
 * A PIN is never taken from the command line or the environment, because other
 * processes can read both, and a shell's history keeps the former.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_token.h"
#include "trust/ceremony_tokens.h"

#define PIN_MAX 256  /* bytes typed at a prompt */
#define PEM_LINE 64  /* characters */
#define PEM_MAX 2048 /* characters: RSA-4096 needs 734 */

/* Reads a line without echo.  Signals are blocked until the echo is on again,
 * so that an interrupted prompt does not leave the terminal without echo. */
static ssize_t
read_unseen(int fd, const struct termios *before, char *line, size_t room)
{
	struct termios quiet = *before;
	sigset_t all;
	sigset_t old;

	quiet.c_lflag &= ~(tcflag_t)ECHO;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	ssize_t n = read(fd, line, room);
	(void)tcsetattr(fd, TCSAFLUSH, before);
	dprintf(fd, "\n");
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n;
}

/* Asks for one line on the terminal, without echo.  E_NOT_FOUND: there is no
 * terminal.  E_LIMIT: the line is empty or too long. */
static err_t
ask_on_terminal(const char *what, const char *again, struct secret **ret_pin)
{
	struct termios before;
	char line[PIN_MAX];
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || tcgetattr(fd, &before) != 0) {
		if (fd >= 0)
			close(fd);
		return E_NOT_FOUND;
	}
	dprintf(fd, "%s%s: ", what, again);
	ssize_t n = read_unseen(fd, &before, line, sizeof(line));
	close(fd);

	err_t err = E_LIMIT;
	if (n > 1 && line[n - 1] == '\n')
		err = secret_copy(bytes_of(line, (size_t)n - 1), ret_pin);
	secret_wipe(line, sizeof(line));
	return err;
}

static err_t
ask_new(const char *what, bool new_pin, struct secret **ret_pin)
{
	AUTO(secret_free) struct secret *first = NULL;
	AUTO(secret_free) struct secret *second = NULL;

	TRY(ask_on_terminal(what, "", &first));
	if (new_pin) {
		TRY(ask_on_terminal(what, " again", &second));
		if (!secret_equal(secret_bytes(first), secret_bytes(second)))
			return E_CONFLICT;
	}
	*ret_pin = TAKE(first);
	return OK;
}

static err_t
read_pin_file(const char *path, struct secret **ret_pin)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return E_IO;
	err_t err = secret_read(fd, ret_pin);
	close(fd);
	return err;
}

err_t
token_pin(const struct cli *cli, const char *path, const char *what,
          bool new_pin, struct secret **ret_pin)
{
	static const struct {
		err_t err;
		const char *text;
	} texts[] = {
		{ E_NOT_FOUND, "there is no terminal to ask on; give a file" },
		{ E_DENIED, "the file must be a regular one that you or root "
		            "own, closed to group and others" },
		{ E_LIMIT, "empty or too long" },
		{ E_CONFLICT, "the two entries differ" },
		{ E_IO, "cannot be read" },
	};
	err_t err = path ? read_pin_file(path, ret_pin)
	                 : ask_new(what, new_pin, ret_pin);

	for (size_t i = 0; err != OK && i < ARRAY_LEN(texts); i++)
		if (texts[i].err == err)
			cli_fail(cli, 0, "%s%s%s: %s", what,
			         path ? " file " : "", path ? path : "",
			         texts[i].text);
	return err;
}

err_t
token_value(const struct cli *cli, const char *option, const char *what,
            struct secret **ret_value)
{
	const char *path = cli_option(cli, option, 0);

	return path ? token_pin(cli, path, what, false, ret_value) : OK;
}

err_t
token_owner(const struct cli *cli, struct secret **ret_owner)
{
	return token_value(cli, "owner-file", "owner's authorisation",
	                   ret_owner);
}

struct hsm_token_name
token_name(const struct cli *cli, const char *label_option)
{
	const char *label = cli_option(cli, label_option, 0);
	const char *serial = cli_option(cli, "serial", 0);

	return (struct hsm_token_name){
		.module = cli_option(cli, "module", 0),
		.label = label ? label : "",
		.serial = serial ? serial : "",
		.uri = cli_option(cli, "uri", 0),
	};
}

int
token_fail(const struct cli *cli, err_t err, struct buf *why)
{
	bool refused = err == E_CONFLICT || err == E_LATCHED || err == E_DENIED;

	return cli_fail(cli, refused ? VERB_REFUSED : VERB_PART, "%s",
	                why->len ? buf_str(why) : err_name(err));
}

err_t
token_pem(struct bytes spki, struct buf *out)
{
	AUTO(buf_release) struct buf base64 = buf_of(PEM_MAX);

	encode_base64(&base64, spki);
	buf_append_str(out, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t at = 0; at < base64.len; at += PEM_LINE) {
		size_t n =
		        base64.len - at < PEM_LINE ? base64.len - at : PEM_LINE;

		buf_append(out, bytes_of(base64.data + at, n));
		buf_append_str(out, "\n");
	}
	buf_append_str(out, "-----END PUBLIC KEY-----\n");
	TRY(buf_status(&base64));
	return buf_status(out);
}

void
token_pin_of(struct bytes spki, struct buf *out)
{
	uint8_t hash[HASH_SIZE];

	digest_sha256(spki, hash);
	encode_hex(out, bytes_of(hash, sizeof(hash)));
}

static json_t *
ownership_json(const struct hsm_ownership *o)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:I, s:I, s:I}", "owner_set",
	                 o->owner_set, "lockout_set", o->lockout_set,
	                 "clear_disabled", o->clear_disabled,
	                 "platform_enabled", o->platform_enabled, "max_tries",
	                 (json_int_t)o->max_tries, "recovery_s",
	                 (json_int_t)o->recovery_s, "lockout_recovery_s",
	                 (json_int_t)o->lockout_recovery_s);
}

json_t *
token_json(const struct hsm_token *t)
{
	json_t *j = json_pack(
	        "{s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b}", "label",
	        cli_text(t->label), "serial", cli_text(t->serial),
	        "manufacturer", cli_text(t->manufacturer), "model",
	        cli_text(t->model), "initialized", t->initialized, "user_pin",
	        t->user_pin, "pin_locked", t->pin_locked, "pin_final_try",
	        t->pin_final_try, "software", t->software);

	if (j && t->software)
		json_object_set_new(j, "warning",
		                    json_string(HSM_SOFTWARE_WARNING));
	if (j && t->ownership.known)
		json_object_set_new(j, "ownership",
		                    ownership_json(&t->ownership));
	return j;
}

void
token_put_ownership(const struct hsm_ownership *o, struct buf *out)
{
	buf_printf(out,
	           CEREMONY_SAYS_OWNERSHIP(
	                   "%s", "%s", "%s") " platform hierarchy %s; locks at "
	                                     "%u wrong tries, forgets "
	                                     "one in %u s, a wrong lockout "
	                                     "authorisation in %u s",
	           o->owner_set ? "set" : "empty",
	           o->lockout_set ? "set" : "empty",
	           o->clear_disabled ? "disabled" : "enabled",
	           o->platform_enabled ? "enabled" : "disabled", o->max_tries,
	           o->recovery_s, o->lockout_recovery_s);
}

static void
print_ownership(const struct hsm_ownership *o)
{
	AUTO(buf_release) struct buf line = buf_of(512);

	token_put_ownership(o, &line);
	cli_say("%s\n", buf_str(&line));
}

void
token_print(const struct hsm_token *t)
{
	cli_say("token '%s' serial %s (%s, %s)%s%s%s\n", t->label, t->serial,
	        t->manufacturer, t->model,
	        t->initialized ? "" : " not initialised",
	        t->pin_locked ? " PIN LOCKED" : "",
	        t->pin_final_try ? " PIN: LAST TRY" : "");
	if (t->ownership.known)
		print_ownership(&t->ownership);
	if (t->software)
		cli_say("%s\n", HSM_SOFTWARE_WARNING);
}

int
token_say(const struct cli *cli, const struct hsm_token *token)
{
	if (cli_json(cli))
		return cli_print_json(cli, token_json(token), VERB_GOOD);
	token_print(token);
	return VERB_GOOD;
}
