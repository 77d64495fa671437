/*
 * check.c - see check.h.
 */
#include "verifier/check.h"

#include <stdio.h>

#include "policy/policy.h"
#include "proc/role.h"
#include "proc/role_spawn.h"

int
check_policy(void)
{
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(policy_free) struct policy *policy = NULL;
	err_t err = spawn_input(&text);

	if (err == OK)
		err = policy_parse(buf_bytes(&text), &why, &policy);
	if (err == OK)
		return ROLE_EXIT_OK;
	fprintf(stderr, "anchord: policy: %s\n",
	        why.len ? buf_str(&why) : err_name(err));
	return ROLE_EXIT_START;
}
