/*
 * offered.c - see offered.h.
 */
#include "supervisor/offered.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "proc/content.h"
#include "proc/opening.h"

#include "supervisor/supervisor.h"

#define OFFERED_MAX (1024 * 1024) /* bytes, as in opening.def */

static err_t
digest_of_file(int file, uint8_t digest[static HASH_SIZE])
{
	AUTO(buf_release) struct buf text = buf_of(OFFERED_MAX);

	TRY(content_read(file, &text));
	digest_sha256(buf_bytes(&text), digest);
	return OK;
}

/* While nothing is offered, verifiers have files.policy and nothing else. */
static bool
is_known(const struct supervisor *s, const uint8_t digest[static HASH_SIZE])
{
	uint8_t begun[HASH_SIZE];

	return s->offered.file < 0 &&
	       digest_of_file(s->files.policy, begun) == OK &&
	       memcmp(begun, digest, HASH_SIZE) == 0;
}

/* One that could not be read here is handed over all the same.  It has zeros for a
 * digest, by which offered_taken() takes nothing. */
bool
offered_look(struct supervisor *s, int copy)
{
	uint8_t digest[HASH_SIZE] = { 0 };
	err_t err = digest_of_file(copy, digest);

	if (err != OK)
		log_event(LOG_ERROR, "file-unread", LOG_STR("name", "policy"),
		          LOG_ERR(err));
	else if (is_known(s, digest))
		return false;
	int file = opening_again(copy);
	if (file < 0) {
		log_event(LOG_ERROR, "file-unread", LOG_STR("name", "policy"),
		          LOG_ERR(E_IO));
		return true;
	}
	offered_release(&s->offered);
	s->offered.file = file;
	memcpy(s->offered.digest, digest, HASH_SIZE);
	return true;
}

void
offered_taken(struct supervisor *s, const uint8_t digest[static HASH_SIZE])
{
	if (s->offered.file < 0 || bytes_all_zero(digest, HASH_SIZE) ||
	    memcmp(s->offered.digest, digest, HASH_SIZE) != 0)
		return;
	close_fd(s->files.policy);
	s->files.policy = s->offered.file;
	s->offered.file = -1;
	log_event(LOG_INFO, "policy-taken");
}

void
offered_release(struct offered *o)
{
	close_fd(o->file);
	o->file = -1;
}
