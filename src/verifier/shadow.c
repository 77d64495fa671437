/*
 * shadow.c - see shadow.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "proc/config.h"
#include "verifier/verifier.h"

static bool
is_shadow_wanted(const struct role *r)
{
	return role_config(r)->shadow_file[0] != '\0';
}

/* *ret_policy NULL: the file is empty, so the trial has ended. */
static err_t
parse_shadow(const struct role *r, struct buf *why, struct policy **ret_policy)
{
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);

	err_t err = role_file_read(r, ROLE_FILE_SHADOW, &text);
	if (err == E_NOT_FOUND)
		buf_append_str(why, "missing or unusable");
	TRY(err);
	*ret_policy = NULL;
	return text.len == 0 ? OK
	                     : policy_parse(buf_bytes(&text), why, ret_policy);
}

static void
log_shadow(const struct policy *p)
{
	if (p)
		log_event(LOG_INFO, "shadow-read", LOG_STR("id", policy_id(p)),
		          LOG_U64("version", policy_version(p)));
	else
		log_event(LOG_INFO, "shadow-ended");
}

static void
refuse_shadow(struct shadow *s, const char *why)
{
	(void)snprintf(s->fault, sizeof(s->fault), "policy.shadow: %.300s%s",
	               why,
	               s->policy ? "; the shadow policy before it goes on"
	                         : "; no shadow policy judges");
	log_event(LOG_ERROR, "shadow-refused", LOG_STR("why", s->fault));
}

/* role_file_again() is not called for this file: it would end the service for want
 * of memory for a policy that decides nothing. */
void
verifier_read_shadow(struct role *r)
{
	struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(policy_free) struct policy *next = NULL;

	if (!is_shadow_wanted(r))
		return;
	err_t err = parse_shadow(r, &why, &next);
	if (err != OK) {
		refuse_shadow(&v->shadow,
		              why.len ? buf_str(&why) : err_name(err));
	} else {
		policy_free(v->shadow.policy);
		v->shadow.policy = TAKE(next);
		v->shadow.fault[0] = '\0';
		log_shadow(v->shadow.policy);
	}
	verifier_tell_fronts(r, verifier_tell_shadow);
}

void
verifier_tell_shadow(struct role *r, struct edge *front)
{
	struct verifier *v = role_user(r);
	const struct shadow *s = &v->shadow;
	const struct wire_shadow_known m = {
		.version = s->policy ? policy_version(s->policy) : 0,
		.refused = s->fault[0] ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};

	if (!is_shadow_wanted(r))
		return;
	buf_reset(&v->packet);
	wire_put_shadow_known(&v->packet, &m);
	verifier_send_front(v, front);
}

void
shadow_fill(const struct shadow *s, uint64_t reasons, struct wire_verdict *m)
{
	if (!s->policy)
		return;
	m->shadow_id = bytes_of_str(policy_id(s->policy));
	m->shadow_version = policy_version(s->policy);
	memcpy(m->shadow_digest, policy_digest(s->policy), HASH_SIZE);
	m->shadow_reasons = reasons;
}

void
shadow_release(struct shadow *s)
{
	policy_free(TAKE(s->policy));
}
