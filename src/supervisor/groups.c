/*
 * groups.c - see groups.h.
 *
 * A daemon behind a module keeps its memory and files for a group of its own.
 * The key holder gets that group, nothing else does; as an ordinary user we can
 * give nothing, and it has the groups that we have.
 */
#include "supervisor/groups.h"

#include <grp.h>

err_t
groups_find(const struct config_token *t, gid_t ret_groups[static GROUPS_MAX],
            size_t *ret_n, struct buf *why)
{
	size_t n = 0;

	for (const char *const *row = t->groups; *row && n < GROUPS_MAX;
	     row++) {
		const struct group *group = getgrnam(*row);

		if (!group || group->gr_gid == 0) {
			buf_printf(why, "token.groups: %s: %s", *row,
			           group ? "is root's own group"
			                 : "no such group");
			return E_CONFIG;
		}
		ret_groups[n++] = group->gr_gid;
	}
	*ret_n = n;
	return OK;
}
