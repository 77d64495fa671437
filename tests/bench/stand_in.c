/*
 * stand_in.c - see stand_in.h.
 *
 * It makes one real challenge of a batch of STAND_IN_BATCH when it starts, with
 * a key of its own, and gives this one to everybody.  All the rest of the
 * service is what it always is: the same front, the same edges and sandboxes.
 */
#include "tests/bench/stand_in.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/service/service_int.h"
#include "tests/common/fakes/soft_batch.h"
#include "crypto/token/challenge.h"
#include "crypto/digest.h"
#include "proc/role.h"

#define STAND_IN_BATCH 128 /* about what a batch is at full speed */
#define PROGRAM "anchord-keyholder"

struct stand_in {
	struct soft_key *key;
	struct buf token, packet;
	struct challenge challenge;
};

static err_t
on_prepare(struct role *r)
{
	static struct challenge_claims claims[STAND_IN_BATCH];
	struct stand_in *s = role_user(r);

	for (size_t i = 0; i < STAND_IN_BATCH; i++) {
		claims[i] = soft_batch_claims(i);
		claims[i].bindings.present = BINDING_BIT(DEVICE) |
		                             BINDING_BIT(TRANSPORT) |
		                             BINDING_BIT(REQUEST);
	}
	s->key = soft_key_new(ALG_ES256, "stand-in");
	s->token = buf_of(CHALLENGE_MAX);
	s->packet = buf_of(WIRE_PACKET_MAX);
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(s->key, claims, STAND_IN_BATCH);
	soft_batch_token(&b, STAND_IN_BATCH / 2, &s->token);
	TRY(challenge_open(buf_bytes(&s->token), &s->challenge));
	role_status(r, true, "");
	return OK;
}

static void
on_edge_up(struct role *r, struct edge *e)
{
	struct stand_in *s = role_user(r);
	const struct wire_key_held m = {
		.kid = bytes_of_str(soft_key_kid(s->key)),
		.node = 1,
		.epoch = 1,
	};

	wire_put_key_held(&s->packet, &m);
	(void)!edge_send(e, &s->packet);
}

static err_t
on_message(struct role *r, struct edge *from, struct bytes packet)
{
	struct stand_in *s = role_user(r);
	struct wire_challenge_make m;

	if (wire_packet_id(packet) != WIRE_ID_CHALLENGE_MAKE)
		return OK;
	TRY(wire_get_challenge_make(packet, &m));
	struct wire_challenge_made made = {
		.request = m.request,
		.challenge = buf_bytes(&s->token),
		.expires_s = SOFT_BATCH_IAT,
		.kid = bytes_of_str(soft_key_kid(s->key)),
	};
	memcpy(made.nonce, s->challenge.nonce, HASH_SIZE);
	wire_put_challenge_made(&s->packet, &made);
	(void)!edge_send(from, &s->packet);
	return OK;
}

bool
stand_in_main(char **argv, int *ret_status)
{
	static const struct role_ops ops = {
		.name = "keyholder",
		.role = WIRE_ROLE_KEYHOLDER,
		.prepare = on_prepare,
		.edge_up = on_edge_up,
		.message = on_message,
	};
	static struct stand_in s;
	const char *slash = strrchr(argv[0], '/');

	if (strcmp(slash ? slash + 1 : argv[0], PROGRAM) != 0)
		return false;
	*ret_status = role_main(&ops, &s);
	return true;
}

/* --- in the bench ---------------------------------------------------------- */

static err_t
place(const struct service *s, const char *from, const char *name)
{
	AUTO(buf_release) struct buf dir = service_path(s->dir, "bin");
	AUTO(buf_release) struct buf to = service_path(buf_str(&dir), name);
	const char *const argv[] = { "cp", from, buf_str(&to), NULL };

	return service_run(argv, NULL, NULL) == 0 ? OK : E_IO;
}

err_t
stand_in_install(struct service *s)
{
	static const char *const others[] = { "anchord", "anchord-front",
		                              "anchord-verifier",
		                              "anchord-ledger" };
	AUTO(buf_release) struct buf dir = service_path(s->dir, "bin");
	char self[PATH_MAX] = "";

	if (mkdir(buf_str(&dir), 0755) != 0 ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return E_IO;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		AUTO(buf_release)
		struct buf from = service_path(s->bin, others[i]);
		TRY(place(s, buf_str(&from), others[i]));
	}
	TRY(place(s, self, PROGRAM));
	AUTO(buf_release)
	struct buf before = service_path(s->dir, "bin-before");
	if (symlink(s->bin, buf_str(&before)) != 0)
		return E_IO;
	snprintf(s->bin, sizeof(s->bin), "%.200s/bin", s->dir);
	return OK;
}

void
stand_in_remove(struct service *s)
{
	AUTO(buf_release)
	struct buf before = service_path(s->dir, "bin-before");
	ssize_t n = readlink(buf_str(&before), s->bin, sizeof(s->bin) - 1);

	s->bin[n > 0 ? n : 0] = '\0';
	(void)unlink(buf_str(&before));
}
