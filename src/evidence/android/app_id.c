/*
 * app_id.c - see app_id.h.
 */
#include "evidence/android/app_id.h"

static void
take_package(struct der *d, struct android_application *app)
{
	struct der in = der_enter(d, DER_SEQUENCE);
	struct android_package package = { 0 };

	package.name = der_take(&in, DER_OCTETS);
	package.version = der_take_int(&in);
	der_leave(d, &in);
	if (app->n_packages == ANDROID_PACKAGES_MAX)
		der_fail(d);
	else
		app->packages[app->n_packages++] = package;
}

static void
take_digest(struct der *d, struct android_application *app)
{
	struct bytes digest = der_take(d, DER_OCTETS);

	if (app->n_digests == ANDROID_SIGNERS_MAX)
		der_fail(d);
	else
		app->digests[app->n_digests++] = digest;
}

void
android_app_id_take(struct der *d, struct android_application *app)
{
	struct der in = der_enter(d, DER_SEQUENCE);
	struct bytes last = { 0 };

	struct der packages = der_enter(&in, DER_SET);
	while (der_set_next(&packages, &last))
		take_package(&packages, app);
	der_leave(&in, &packages);

	last = bytes_of(NULL, 0);
	struct der digests = der_enter(&in, DER_SET);
	while (der_set_next(&digests, &last))
		take_digest(&digests, app);
	der_leave(&in, &digests);
	der_leave(d, &in);
}
