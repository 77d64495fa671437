/*
 * sqlite_enrolments.c - enrolled devices and their facts.
 */
#include "ledger/store/enrolments.h"

#include <string.h>

#include "ledger/store/sqlite_use.h"

/* --- facts ---------------------------------------------------------------- */

static err_t
get_fact(struct use *u, struct facts *facts)
{
	const struct bytes name = next_bytes(u);
	store_number rule, number;

	get_number(u, &rule);
	if (!fact_rule_valid((unsigned)rule))
		return E_IO;
	if (!fact_rule_counts((enum fact_rule)rule))
		return facts_add_bytes(facts, (enum fact_rule)rule, name,
		                       next_bytes(u));
	get_number(u, &number);
	return facts_add_number(facts, (enum fact_rule)rule, name, number);
}

static err_t
get_facts(struct store *s, struct enrolment *e)
{
	AUTO(use_end) struct use u = use_of(s, ST_FACTS_GET);
	err_t err;

	e->facts.n = 0;
	put_small(&u, &e->handle);
	while ((err = use_row(&u)) == OK)
		if (get_fact(&u, &e->facts) != OK)
			return E_IO; /* this program never writes such a row */
	return err == E_NOT_FOUND ? OK : err;
}

/* Inserts or replaces a fact.  E_IO also if the enrolment is missing. */
static err_t
put_fact(struct store *s, const struct enrolment *e, const struct fact *f)
{
	AUTO(use_end) struct use u = use_of(s, ST_FACT_PUT);

	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	put_text(&u, fact_name(f));
	put_number(&u, &(uint64_t){ f->rule });
	if (fact_rule_counts(f->rule))
		put_number(&u, &f->number);
	else
		put_bytes(&u, fact_bytes(f));
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

static err_t
write_fact_rows(struct store *s, const struct enrolment *e)
{
	for (size_t i = 0; i < e->facts.n; i++)
		TRY(put_fact(s, e, &e->facts.rows[i]));
	return OK;
}

/* --- enrolments ----------------------------------------------------------- */

/* Without the facts. */
static err_t
read_enrolment(struct use *u, struct enrolment *ret)
{
	struct enrolment e;
	uint64_t state;

	get_small(u, &e.handle);
	get_small(u, &e.tenant);
	get_hash(u, &e.identity);
	get_number(u, &e.enrolled_s);
	get_number(u, &state);
	get_small(u, &e.format);
	get_number(u, &e.changed_ms);
	get_small(u, &e.note);
	get_number(u, &e.keyed_s);
	get_number(u, &e.attested_day);
	get_number(u, &e.silent_day);
	if (u->failed || state == WIRE_DEVICE_UNKNOWN ||
	    state != (uint8_t)state || !wire_device_state_valid((uint8_t)state))
		return E_IO; /* this program never writes such a row */
	e.state = (enum wire_device_state)state;
	e.facts.n = 0;
	*ret = e;
	return OK;
}

static err_t
enrolment_row(struct store *s, struct use *u, struct enrolment *ret)
{
	struct enrolment e;

	TRY(use_row(u));
	TRY(read_enrolment(u, &e));
	TRY(get_facts(s, &e));
	*ret = e;
	return OK;
}

err_t
store_enrolment(struct store *s, struct bytes tenant, struct bytes handle,
                struct enrolment *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_GET);

	put_text(&u, handle);
	put_text(&u, tenant);
	return enrolment_row(s, &u, ret);
}

err_t
store_enrolment_of(struct store *s, struct bytes tenant,
                   const uint8_t identity[static HASH_SIZE],
                   struct enrolment *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_OF);
	store_hash stored;

	store_identity(tenant, bytes_of(identity, HASH_SIZE), stored);
	put_text(&u, tenant);
	put_hash(&u, &stored);
	return enrolment_row(s, &u, ret);
}

/* Gives the permits of one name to another. */
static err_t
rename_permits(struct store *s, struct bytes from, struct bytes to)
{
	AUTO(use_end) struct use u = use_of(s, ST_PERMITS_RENAME);

	put_text(&u, from);
	put_text(&u, to);
	return use_run(&u);
}

static err_t
take_up_permits(struct store *s, const struct enrolment *e)
{
	const struct bytes handle = store_small_bytes(&e->handle);
	struct store_small kept;

	TRY(store_name_deleted(store_small_bytes(&e->tenant), handle, &kept));
	return rename_permits(s, store_small_bytes(&kept), handle);
}

err_t
store_enrolment_add(struct store *s, const struct enrolment *e, bool *ret_added)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_ADD);
	store_hash stored;

	store_identity(store_small_bytes(&e->tenant),
	               bytes_of(e->identity, HASH_SIZE), stored);
	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	put_hash(&u, &stored);
	put_number(&u, &e->enrolled_s);
	put_number(&u, &(uint64_t){ e->state });
	put_small(&u, &e->format);
	put_number(&u, &e->changed_ms);
	put_small(&u, &e->note);
	put_number(&u, &e->keyed_s);
	put_number(&u, &e->attested_day);
	put_number(&u, &e->silent_day);
	TRY(use_run(&u));
	*ret_added = sqlite3_changes(s->db) == 1;
	if (!*ret_added)
		return OK;
	TRY(take_up_permits(s, e));
	return write_fact_rows(s, e);
}

err_t
store_enrolment_raise(struct store *s, const struct enrolment *e)
{
	return write_fact_rows(s, e);
}

err_t
store_enrolment_change(struct store *s, const struct enrolment *e)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_CHANGE);

	put_number(&u, &(uint64_t){ e->state });
	put_number(&u, &e->changed_ms);
	put_small(&u, &e->note);
	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

/* --- keys ------------------------------------------------------------------ */

err_t
store_key_former(struct store *s, struct bytes tenant,
                 const uint8_t identity[static HASH_SIZE], bool *ret_former)
{
	AUTO(use_end) struct use u = use_of(s, ST_FORMER_OF);
	store_hash stored;

	store_identity(tenant, bytes_of(identity, HASH_SIZE), stored);
	put_text(&u, tenant);
	put_hash(&u, &stored);
	err_t err = use_row(&u);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	*ret_former = err == OK;
	return OK;
}

err_t
store_keys_former(struct store *s, struct bytes handle, uint64_t *ret_n)
{
	AUTO(use_end) struct use u = use_of(s, ST_FORMER_COUNT);

	put_text(&u, handle);
	TRY(use_row(&u));
	get_number(&u, ret_n);
	return u.failed ? E_IO : OK;
}

static err_t
add_former_key(struct store *s, const struct enrolment *e,
               const store_hash former)
{
	AUTO(use_end) struct use u = use_of(s, ST_FORMER_ADD);

	put_small(&u, &e->tenant);
	put_bytes(&u, bytes_of(former, HASH_SIZE));
	put_small(&u, &e->handle);
	put_number(&u, &e->changed_ms);
	return use_run(&u);
}

static err_t
drop_shown_facts(struct store *s, const struct enrolment *e)
{
	AUTO(use_end) struct use u = use_of(s, ST_FACTS_DROP_SHOWN);

	put_small(&u, &e->handle);
	return use_run(&u);
}

static err_t
set_key(struct store *s, const struct enrolment *e)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_KEY);
	store_hash stored;

	store_identity(store_small_bytes(&e->tenant),
	               bytes_of(e->identity, HASH_SIZE), stored);
	put_hash(&u, &stored);
	put_number(&u, &e->keyed_s);
	put_number(&u, &e->changed_ms);
	put_small(&u, &e->note);
	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

err_t
store_enrolment_rekey(struct store *s, const struct enrolment *e,
                      const store_hash former)
{
	TRY(add_former_key(s, e, former));
	TRY(set_key(s, e));
	TRY(drop_shown_facts(s, e));
	return write_fact_rows(s, e);
}

err_t
store_handle_taken(struct store *s, struct bytes handle, bool *ret_taken)
{
	AUTO(use_end) struct use u = use_of(s, ST_HANDLE_GET);

	put_text(&u, handle);
	err_t err = use_row(&u);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	*ret_taken = err == OK;
	return OK;
}

err_t
store_enrolment_delete(struct store *s, struct bytes tenant,
                       struct bytes handle, bool *ret_deleted)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_DELETE);
	struct store_small kept;

	put_text(&u, handle);
	put_text(&u, tenant);
	TRY(use_run(&u));
	*ret_deleted = sqlite3_changes(s->db) == 1;
	if (!*ret_deleted)
		return OK;
	s->scrub = true;
	TRY(store_name_deleted(tenant, handle, &kept));
	return rename_permits(s, handle, store_small_bytes(&kept));
}

/* --- pages ---------------------------------------------------------------- */

/* Room for a text that a statement uses until it ends (sqlite_use.h). */
struct page_room {
	uint8_t text[STORE_SMALL_MAX + 1];
};

/* A text that is smaller than all handles with that prefix, the prefix itself
 * included, and greater than all smaller ones: handles have no byte above 'z'. */
static void
put_before_prefix(struct use *u, struct bytes prefix, struct page_room *room)
{
	uint8_t *text = room->text;
	size_t len = prefix.len;

	if (len > STORE_SMALL_MAX) {
		u->failed = true;
		return;
	}
	memcpy(text, prefix.data, len);
	text[len - 1]--;
	text[len] = '~';
	put_text(u, bytes_of(text, len + 1));
}

static bool
has_prefix(struct bytes handle, struct bytes prefix)
{
	return handle.len >= prefix.len &&
	       bytes_equal(bytes_of(handle.data, prefix.len), prefix);
}

/* True if `after` is not smaller than the prefix, as SQLite compares texts: then
 * the page begins behind it. */
static bool
is_behind_prefix(struct bytes after, struct bytes prefix)
{
	size_t n = after.len < prefix.len ? after.len : prefix.len;
	int order = n > 0 ? memcmp(after.data, prefix.data, n) : 0;

	return order > 0 || (order == 0 && after.len >= prefix.len);
}

static struct use
page_query(struct store *s, const struct enrolment_filter *f,
           struct page_room *room)
{
	bool all = f->state == WIRE_DEVICE_UNKNOWN;
	struct use u =
	        use_of(s, all ? ST_ENROLMENTS_PAGE : ST_ENROLMENTS_OF_STATE);

	put_text(&u, f->tenant);
	if (is_behind_prefix(f->after, f->prefix))
		put_text(&u, f->after);
	else
		put_before_prefix(&u, f->prefix, room);
	put_number(&u, &(uint64_t){ f->scan });
	if (!all)
		put_number(&u, &(uint64_t){ f->state });
	return u;
}

/* What the statement does not select by. */
static bool
is_selected(const struct enrolment_filter *f, const struct enrolment *e)
{
	bool format = f->format.len == 0 ||
	              bytes_equal(f->format, store_small_bytes(&e->format));
	bool silent =
	        f->silent_before == 0 || (e->state == WIRE_DEVICE_ACTIVE &&
	                                  e->silent_day < f->silent_before);

	return format && silent && e->enrolled_s >= f->since_s;
}

err_t
store_enrolments_page(struct store *s, const struct enrolment_filter *f,
                      enrolment_fn *fn, void *user,
                      struct store_small *ret_next)
{
	struct page_room room;
	AUTO(use_end) struct use u = page_query(s, f, &room);
	struct store_small last = { 0 }, none = { 0 };
	struct enrolment e;
	size_t seen = 0, n = 0;
	err_t err = OK;

	while (n < f->limit && (err = use_row(&u)) == OK) {
		TRY(read_enrolment(&u, &e));
		if (!has_prefix(store_small_bytes(&e.handle), f->prefix)) {
			*ret_next = none;
			return OK;
		}
		last = e.handle;
		seen++;
		if (!is_selected(f, &e))
			continue;
		TRY(get_facts(s, &e));
		TRY(fn(&e, user));
		n++;
	}
	if (n == f->limit)
		err = use_row(&u); /* is there one more? */
	if (err != OK && err != E_NOT_FOUND)
		return err;
	*ret_next = err == OK || seen == f->scan ? last : none;
	return OK;
}
