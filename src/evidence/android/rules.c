/*
 * rules.c - judges an Android device by the policy.
 *
 * Only hardwareEnforced counts, with one exception: the application id is in
 * softwareEnforced, because only the Android system knows the application.  The
 * system is trustworthy if the boot state is, which is judged as well.
 */
#include "base/clock.h"
#include "evidence/android/levels.h"
#include "evidence/android/trust.h"
#include "evidence/android/policy_settings.h"

struct rules {
	const struct android_evidence *e;
	const struct android_chain *chain;
	const struct key_description *d;
	const struct android_list *hardware;
	const struct policy_android *policy;
	uint64_t at_s;
};

/* --- levels, origin, purpose ---------------------------------------------- */

static bool
in_set(uint32_t set, uint64_t value)
{
	return value < 32 && (set & 1u << value);
}

static reason_set
check_security_level(const struct rules *r)
{
	return in_set(r->policy->levels, r->d->attestation_security_level)
	               ? 0
	               : reason_bit(REASON_SECURITY_LEVEL);
}

static bool
purposes_hold(const struct rules *r)
{
	const struct android_set *purpose = &r->hardware->purpose;

	if (r->policy->purposes == 0)
		return true;
	for (size_t i = 0; i < purpose->n; i++)
		if (!in_set(r->policy->purposes, purpose->values[i]))
			return false;
	return purpose->n > 0;
}

static reason_set
check_key_origin(const struct rules *r)
{
	bool good = android_has(r->hardware, TAG_origin) &&
	            in_set(r->policy->origins, r->hardware->origin);

	return good && purposes_hold(r) ? 0 : reason_bit(REASON_KEY_ORIGIN);
}

/* A proof does not show that the attested key is in the same hardware as the
 * enrolled key. */
static reason_set
check_proof_presence(const struct rules *r)
{
	return r->policy->no_proofs && r->e->proof.len > 0
	               ? reason_bit(REASON_KEY_ORIGIN)
	               : 0;
}

/* --- provisioning --------------------------------------------------------- */

static reason_set
check_provisioning(const struct rules *r)
{
	const struct android_cert *batch = android_batch(r->e);
	const struct android_provisioning *p =
	        batch ? &batch->provisioning : NULL;
	uint32_t max = r->policy->certificates_max;
	reason_set reasons = 0;

	if (r->policy->rkp_only && r->chain->kind != ANDROID_KIND_RKP)
		reasons |= reason_bit(REASON_KEY_ORIGIN);
	if (p && max && p->has_certificates_issued &&
	    p->certificates_issued > max)
		reasons |= reason_bit(REASON_KEY_ORIGIN);
	if (p && p->has_reported_lost && p->reported_lost && !r->policy->lost)
		reasons |= reason_bit(REASON_DEVICE_SUSPENDED);
	return reasons;
}

/* --- boot ----------------------------------------------------------------- */

const char *
android_rules_state(const struct policy_android *policy,
                    const struct android_list *hardware)
{
	struct bytes hash = hardware->root_of_trust.verified_boot_hash;

	if (!android_has(hardware, TAG_root_of_trust))
		return NULL;
	for (size_t i = 0; i < policy->n_states; i++)
		if (policy_list_allows(&policy->states[i].boot_hashes, hash))
			return policy->states[i].name;
	return NULL;
}

static reason_set
check_boot_state(const struct rules *r)
{
	const struct root_of_trust *root = &r->hardware->root_of_trust;
	reason_set reasons = 0;

	if (!android_has(r->hardware, TAG_root_of_trust))
		return reason_bit(REASON_BOOT_STATE);
	if (!in_set(r->policy->boot_states, root->verified_boot_state) ||
	    !policy_list_allows(&r->policy->boot_keys, root->verified_boot_key))
		reasons |= reason_bit(REASON_BOOT_STATE);
	if (!root->device_locked && !r->policy->unlocked)
		reasons |= reason_bit(REASON_DEVICE_UNLOCKED);
	if (!policy_list_allows(&r->policy->boot_hashes,
	                        root->verified_boot_hash) ||
	    (r->policy->n_states > 0 &&
	     !android_rules_state(r->policy, r->hardware)))
		reasons |= reason_bit(REASON_BUILD_INELIGIBLE);
	return reasons;
}

static reason_set
check_os_version(const struct rules *r)
{
	uint32_t min = r->policy->os_version;

	return min == 0 || (android_has(r->hardware, TAG_os_version) &&
	                    android_version_formed(r->hardware->os_version) &&
	                    r->hardware->os_version >= min)
	               ? 0
	               : reason_bit(REASON_BUILD_INELIGIBLE);
}

/* --- patch levels --------------------------------------------------------- */

static bool
patch_holds(const struct rules *r, enum android_tag tag, uint64_t level,
            const struct policy_patch *rule)
{
	int64_t today = (int64_t)(r->at_s / DAY_S);
	int64_t day, min;

	if (rule->min == 0 && rule->max_age_days == 0)
		return true;
	if (!android_has(r->hardware, tag) ||
	    !android_patch_exists(level, r->at_s) ||
	    !android_patch_day(level, &day))
		return false;
	if (rule->min != 0 &&
	    (!android_patch_day(rule->min, &min) || day < min))
		return false;
	return rule->max_age_days == 0 ||
	       today - day <= (int64_t)rule->max_age_days;
}

static reason_set
check_patch_levels(const struct rules *r)
{
	const struct android_list *h = r->hardware;
	const struct policy_android *p = r->policy;
	bool good = patch_holds(r, TAG_os_patch_level, h->os_patch_level,
	                        &p->os_patch) &&
	            patch_holds(r, TAG_vendor_patch_level,
	                        h->vendor_patch_level, &p->vendor_patch) &&
	            patch_holds(r, TAG_boot_patch_level, h->boot_patch_level,
	                        &p->boot_patch);

	return good ? 0 : reason_bit(REASON_PATCH_LEVEL);
}

/* --- model ---------------------------------------------------------------- */

/* An absent name is empty, and no list of a policy contains the empty name. */
static reason_set
check_device_model(const struct rules *r)
{
	const struct android_list *h = r->hardware;
	const struct policy_android *p = r->policy;
	bool good =
	        policy_list_allows(&p->brands, h->attestation_id_brand) &&
	        policy_list_allows(&p->devices, h->attestation_id_device) &&
	        policy_list_allows(&p->products, h->attestation_id_product) &&
	        policy_list_allows(&p->manufacturers,
	                           h->attestation_id_manufacturer) &&
	        policy_list_allows(&p->models, h->attestation_id_model);

	return good ? 0 : reason_bit(REASON_DEVICE_UNSUPPORTED);
}

/* --- application ---------------------------------------------------------- */

static bool
signers_hold(const struct policy_app *app, const struct android_application *id)
{
	for (size_t i = 0; i < id->n_digests; i++)
		if (!policy_list_allows(&app->signers, id->digests[i]))
			return false;
	return id->n_digests > 0;
}

static bool
package_holds(const struct rules *r, const struct android_package *package,
              const struct android_application *id)
{
	for (size_t i = 0; i < r->policy->n_apps; i++) {
		const struct policy_app *app = &r->policy->apps[i];

		if (bytes_equal(app->package, package->name) &&
		    package->version >= (int64_t)app->min_version &&
		    signers_hold(app, id))
			return true;
	}
	return false;
}

/* Packages that share a user id can all use the key, so the policy must allow
 * each of them. */
static reason_set
check_app_identity(const struct rules *r)
{
	const struct android_list *software = &r->d->software_enforced;
	const struct android_application *id =
	        &software->attestation_application_id;
	bool good = android_has(software, TAG_attestation_application_id) &&
	            id->n_packages > 0;

	if (r->policy->n_apps == 0)
		return 0;
	for (size_t i = 0; good && i < id->n_packages; i++)
		good = package_holds(r, &id->packages[i], id);
	return good ? 0 : reason_bit(REASON_APP_IDENTITY);
}

/* --- all rules ------------------------------------------------------------ */

reason_set
android_rules_judge(const struct android_evidence *e,
                    const struct android_chain *chain,
                    const struct policy_android *policy, uint64_t at_s)
{
	static reason_set (*const rules[])(const struct rules *r) = {
		check_security_level, check_key_origin,   check_proof_presence,
		check_provisioning,   check_boot_state,   check_os_version,
		check_patch_levels,   check_device_model, check_app_identity,
	};
	const struct key_description *d = android_target(e);
	const struct rules r = { .e = e,
		                 .chain = chain,
		                 .d = d,
		                 .hardware = &d->hardware_enforced,
		                 .policy = policy,
		                 .at_s = at_s };
	reason_set reasons = 0;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		reasons |= rules[i](&r);
	return reasons;
}

/* --- the selector of a device group --------------------------------------- */

static bool
root_taken(const struct policy_android *match, const struct android_list *h)
{
	const struct root_of_trust *root = &h->root_of_trust;

	if (match->boot_states == 0 && match->boot_keys.n == 0)
		return true;
	return android_has(h, TAG_root_of_trust) &&
	       (match->boot_states == 0 ||
	        in_set(match->boot_states, root->verified_boot_state)) &&
	       policy_list_allows(&match->boot_keys, root->verified_boot_key);
}

bool
android_policy_matches(const void *match, const void *own)
{
	const struct policy_android *m = match;
	const struct key_description *d = android_target(own);
	struct rules r = { .d = d, .policy = m };

	r.hardware = &d->hardware_enforced;

	return (m->levels == 0 ||
	        in_set(m->levels, d->attestation_security_level)) &&
	       root_taken(m, r.hardware) && check_device_model(&r) == 0;
}
