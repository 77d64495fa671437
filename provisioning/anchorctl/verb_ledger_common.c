/*
 * verb_ledger_common.c - see verb_ledger.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "provisioning/anchorctl/verb_ledger.h"

int
ledger_check_owner(const struct cli *cli, const char *directory)
{
	AUTO(buf_release) struct buf none = buf_of(LEDGER_WHY_MAX);
	struct stat st;

	if (stat(directory, &st) < 0) {
		buf_printf(&none, "%s", strerror(errno));
		return ledger_fail(cli, directory, E_IO, &none);
	}
	if (st.st_uid != geteuid())
		return cli_fail(cli, VERB_PART,
		                "%s belongs to another user; run this command "
		                "as that user: setpriv --reuid=%u --regid=%u "
		                "--clear-groups anchorctl ...",
		                directory, (unsigned)st.st_uid,
		                (unsigned)st.st_gid);
	return VERB_GOOD;
}

/* False: the kernel denies this process that access (R_OK, W_OK or X_OK). */
static bool
may_access(const char *path, int what)
{
	return faccessat(AT_FDCWD, path, what, AT_EACCESS) == 0 ||
	       errno != EACCES;
}

static void
name_owner(struct buf *why, const char *path, const char *what)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	buf_printf(why,
	           "; user %u may not %s %s (owner %u, group %u, mode %04o)",
	           (unsigned)geteuid(), what, path, (unsigned)st.st_uid,
	           (unsigned)st.st_gid, (unsigned)(st.st_mode & 07777));
}

/* Names what this process lacks access to: a directory of the path, the file,
 * or the directory of the file for writing. */
static void
explain_no_access(struct buf *why, const char *path)
{
	char part[PATH_MAX];

	if (strlen(path) >= sizeof(part))
		return;
	memcpy(part, path, strlen(path) + 1);
	for (char *c = part + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		if (!may_access(part, X_OK)) {
			name_owner(why, part, "enter");
			return;
		}
		*c = '/';
	}
	if (!may_access(path, R_OK)) {
		name_owner(why, path, "read");
		return;
	}
	char *slash = strrchr(part, '/');
	if (slash)
		slash[slash == part] = '\0';
	const char *above = slash ? part : ".";
	if (!may_access(above, W_OK))
		name_owner(why, above, "write to");
}

int
ledger_fail(const struct cli *cli, const char *path, err_t err, struct buf *why)
{
	int code =
	        err == E_CONFLICT || err == E_DENIED ? VERB_REFUSED : VERB_PART;

	if (why->len == 0)
		buf_append_str(why, err_name(err));
	if (strstr(buf_str(why), strerror(EACCES))) {
		explain_no_access(why, path);
		code = VERB_PART;
	}
	return cli_fail(cli, code, "%s: %s", path, buf_str(why));
}

static json_t *
facts_json(const char *file, const struct store_facts *f)
{
	char time[CLOCK_TEXT_SIZE], created[CLOCK_TEXT_SIZE];
	char horizon[CLOCK_TEXT_SIZE];

	clock_format(f->marks.time_ms, time);
	clock_format(f->marks.created_ms, created);
	clock_format(f->marks.horizon_ms, horizon);
	return json_pack(
	        "{s:o, s:b, s:i, s:I, s:s, s:s, s:s, s:I, s:I, s:I, "
	        "s:I}",
	        "file", cli_text(file), "backup", f->backup, "version",
	        STORE_VERSION, "sequence", (json_int_t)f->marks.sequence,
	        "time", time, "created", created, "horizon", horizon,
	        "redemptions", (json_int_t)f->redemptions, "enrolments",
	        (json_int_t)f->enrolments, "lives", (json_int_t)f->lives,
	        "lives_open", (json_int_t)f->lives_open);
}

int
ledger_print_facts(const struct cli *cli, const char *done, const char *file,
                   const struct store_facts *f)
{
	char time[CLOCK_TEXT_SIZE], horizon[CLOCK_TEXT_SIZE];

	if (cli_json(cli))
		return cli_print_json(cli, facts_json(file, f), VERB_GOOD);
	clock_format(f->marks.time_ms, time);
	clock_format(f->marks.horizon_ms, horizon);
	cli_say("%s: %s, %s, version %d\n", file, done,
	        f->backup ? "a backup" : "the database of a ledger",
	        STORE_VERSION);
	cli_say("  %llu outcomes, latest time %s\n",
	        (unsigned long long)(f->marks.sequence - f->marks.first + 1),
	        time);
	cli_say("  %llu enrolments, %llu redeemed challenges\n",
	        (unsigned long long)f->enrolments,
	        (unsigned long long)f->redemptions);
	cli_say("  %llu lives of key holders, %llu of them open; challenges "
	        "issued until %s do not count\n",
	        (unsigned long long)f->lives, (unsigned long long)f->lives_open,
	        horizon);
	return VERB_GOOD;
}
