/*
 * service_heal.c - what a person would do: put back a token file that SoftHSM
 * lost, lift a latch that a kill left behind.
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/core/hsm.h"
#include "tests/common/service/service_int.h"

/* token.object is what C_Login rewrites; the objects beside it, the epoch
 * counter among them, are never put back: an old epoch must not return. */
static bool
restore(const char *token, const char *golden)
{
	AUTO(buf_release) struct buf file = service_path(token, "token.object");
	AUTO(buf_release)
	struct buf copy = service_path(golden, "token.object");
	const char *const argv[] = { "cp", "-a", buf_str(&copy), buf_str(&file),
		                     NULL };
	struct stat st;

	if (stat(buf_str(&file), &st) != 0 || st.st_size > 0)
		return false;
	return service_run(argv, NULL, NULL) == 0;
}

static bool
heal_token(struct service *s)
{
	AUTO(buf_release) struct buf tokens = service_path(s->dir, "tokens");
	AUTO(buf_release) struct buf golden = service_path(s->dir, "golden");
	DIR *d = opendir(buf_str(&tokens));
	bool healed = false;

	for (struct dirent *e; d && (e = readdir(d));) {
		struct buf token = service_path(buf_str(&tokens), e->d_name);
		struct buf copy = service_path(buf_str(&golden), e->d_name);
		healed |= e->d_name[0] != '.' &&
		          restore(buf_str(&token), buf_str(&copy));
		buf_release(&token);
		buf_release(&copy);
	}
	if (d)
		closedir(d);
	s->tokens_lost += healed;
	return healed;
}

/* A key holder that is killed while it logs in leaves the latch set: to its
 * next life this is a refused PIN. */
static bool
heal_latch(struct service *s)
{
	AUTO(buf_release) struct buf state = service_path(s->dir, "state");
	AUTO(buf_release)
	struct buf latch = service_path(buf_str(&state), HSM_LATCH_FILE);
	AUTO(buf_release)
	struct buf anchorctl = service_path(s->bin, "anchorctl");
	const char *const argv[] = { buf_str(&anchorctl), "token",
		                     "unlatch",           "--state",
		                     buf_str(&state),     NULL };

	if (access(buf_str(&latch), F_OK) != 0 ||
	    service_run(argv, NULL, NULL) != 0)
		return false;
	s->latches_lifted++;
	return true;
}

bool
service_heal(struct service *s)
{
	bool token = heal_token(s), latch = heal_latch(s);

	return token || latch;
}
