/*
 * check.c - see check.h.
 */
#include "verifier/check.h"

#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "proc/role.h"
#include "proc/role_spawn.h"

int
check_policy(const char *what)
{
	bool shadow = what && strcmp(what, "shadow") == 0;
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(policy_free) struct policy *policy = NULL;
	err_t err = spawn_input(&text);

	if (err == OK && !(shadow && text.len == 0))
		err = policy_parse(buf_bytes(&text), &why, &policy);
	if (err == OK)
		return ROLE_EXIT_OK;
	fprintf(stderr, "anchord: policy%s: %s\n", shadow ? ".shadow" : "",
	        why.len ? buf_str(&why) : err_name(err));
	return ROLE_EXIT_START;
}
