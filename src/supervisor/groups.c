/*
 * groups.c - see groups.h.
 *
 * A daemon behind a PKCS#11 module restricts its memory and files to a group.
 * Only the key holder gets that group.  When the service runs as an ordinary
 * user no group can be added, and the key holder has the user's groups.
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
