/*
 * main.c - anchord-front: TLS, HTTP and JSON for clients, messages for the
 * rest of the service.
 */
#include "front/front.h"

int
main(void)
{
	static struct front front = { .why = "starting", .chain = -1 };
	int status = ROLE_EXIT_OK;
	struct role *role = role_boot(&front_ops, &front, &status);

	while (role && !front.stop)
		if (!front_turn(&front)) {
			status = ROLE_EXIT_PART;
			break;
		}

	front_release(&front);
	role_free(role);
	return status;
}
