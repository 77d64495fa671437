/*
 * config_token.c - reads the tokens: one in the group `token`, or several in
 * the list `tokens`, the most preferred first.
 *
 * Each token has its own key holder, PIN latch, node number and key.  Two rows
 * for the same device would use up each other's PIN tries, and two with the
 * same node number would issue two challenges with one id.  Such a
 * configuration is refused here, before anything is started.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/bytes.h"

#include "proc/config_int.h"
#include "base/encode.h"

#define NAME_MAX_LEN 32 /* bytes of a token's name */
#define TPM_SCHEME "tpm2:"
#define GROUP_LETTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

static const struct setting members[] = {
#define TOKEN_TEXT(member, name_, fallback_, help_)                        \
	SETTING_TEXT_ROW(struct config_token, member, name_, SETTING_TEXT, \
	                 fallback_, help_),
#define TOKEN_PATH(member, name_, fallback_, help_)                        \
	SETTING_TEXT_ROW(struct config_token, member, name_, SETTING_PATH, \
	                 fallback_, help_),
#define TOKEN_NUMBER(member, name_, fallback_, least_, most_, help_)      \
	SETTING_NUMBER_ROW(struct config_token, member, name_, fallback_, \
	                   least_, most_, help_),
#define TOKEN_LIST(member, name_, help_)
#include "proc/config_token.def"
#undef TOKEN_TEXT
#undef TOKEN_NUMBER
#undef TOKEN_LIST
};

/* The state while one token is read. */
struct reading {
	struct config_tree *tree;
	struct config_token *token;
	struct config_rows *rows;
	const char *group; /* "token" or "tokens", for messages */
};

/* --- lists ---------------------------------------------------------------- */

/* Returns what is wrong with one row of the list of that name; NULL:
 * nothing. */
static const char *
fault_of_environment(const char *row)
{
	if (!strchr(row, '=') || *row == '=')
		return "is not NAME=value";
	/* LD_PRELOAD and its like, see ld.so(8). */
	return strncmp(row, "LD_", 3) == 0 ? "would load other code" : NULL;
}

static const char *
fault_of_paths(const char *row)
{
	return *row == '/' ? NULL : "is not an absolute path";
}

/* Names of groups, which the supervisor looks up.  Root's group is not
 * allowed. */
static const char *
fault_of_groups(const char *row)
{
	size_t n = strspn(row, GROUP_LETTERS);

	if (n == 0 || row[n] || strchr("-0123456789", *row))
		return "is not the name of a group";
	return strcmp(row, "root") == 0 ? "is not allowed" : NULL;
}

static const char *
fault_of_syscalls(const char *row)
{
	static const char *const allowed[] = {
#define TOKEN_CALL(name) #name,
#include "proc/token_syscalls.def"
#undef TOKEN_CALL
	};

	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (strcmp(row, allowed[i]) == 0)
			return NULL;
	return "is not a system call of token_syscalls.def";
}

/* The place of a list in struct config_token, and the check of its rows. */
static const struct list {
	const char *name;
	const char *help;
	size_t rows, member; /* offsets */
	const char *(*fault)(const char *row);
} lists[] = {
#define TOKEN_TEXT(member_, name_, fallback_, help_)
#define TOKEN_NUMBER(member_, name_, fallback_, least_, most_, help_)
#define TOKEN_LIST(member_, name_, help_)                   \
	{ .name = (name_),                                  \
	  .help = (help_),                                  \
	  .rows = offsetof(struct config_rows, member_),    \
	  .member = offsetof(struct config_token, member_), \
	  .fault = fault_of_##member_ },
#include "proc/config_token.def"
#undef TOKEN_TEXT
#undef TOKEN_NUMBER
#undef TOKEN_LIST
};

static const char **
rows_of(const struct reading *r, const struct list *list)
{
	void *rows = (char *)r->rows + list->rows;

	return rows;
}

/* Every list exists and is empty. */
static void
lists_default(const struct reading *r)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *const *rows = rows_of(r, &lists[i]);
		memcpy((char *)r->token + lists[i].member, &rows, sizeof(rows));
	}
}

static const struct list *
list_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (strcmp(lists[i].name, name) == 0)
			return &lists[i];
	return NULL;
}

static err_t
list_read(const struct reading *r, const struct list *list,
          const config_setting_t *s, struct buf *why)
{
	const char **out = rows_of(r, list);

	TRY(config_texts(s, why));
	if (config_setting_length(s) > CONFIG_ROWS_MAX)
		return config_refuse(why, s, "more than %d rows",
		                     CONFIG_ROWS_MAX);
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *row = config_setting_get_string_elem(s, i);
		const char *fault = list->fault(row);

		if (fault)
			return config_refuse(why, s, "%s.%s: %s %s", r->group,
			                     list->name, row, fault);
		out[i] = row;
	}
	return OK;
}

/* --- members -------------------------------------------------------------- */

/* Settings that the pins file has replaced; the message below says so. */
static const char *const replaced[] = { "public_sha256", "rotation" };

static err_t
read_token_member(const struct reading *r, const config_setting_t *s,
                  struct buf *why)
{
	const char *name;

	TRY(config_new_name(r->tree, "token", s, why, &name));
	const struct setting *known =
	        setting_find(members, ARRAY_LEN(members), name);
	const struct list *list = list_find(name);
	if (known)
		return setting_read(known, r->token, s, why);
	if (list)
		return list_read(r, list, s, why);
	for (size_t i = 0; i < ARRAY_LEN(replaced); i++)
		if (strcmp(name, replaced[i]) == 0)
			return config_refuse(
			        why, s,
			        "%s.%s no longer exists: remove it; 'anchorctl "
			        "token keygen --pins' and 'token rotate' write "
			        "public keys to the file trust.pins",
			        r->group, name);
	return config_refuse(why, s, "unknown setting %s.%s", r->group, name);
}

static bool
is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n <= NAME_MAX_LEN && name[n] == '\0';
}

static bool
is_tpm(const struct config_token *t)
{
	return strncmp(t->uri, TPM_SCHEME, strlen(TPM_SCHEME)) == 0;
}

/* lockout_off is empty, or gives a reason (not blanks) and there is a TPM. */
static bool
reason_fits(const struct config_token *t)
{
	const char *reason = t->lockout_off;

	return !*reason || ((is_tpm(t) || t->companion_tpm[0]) &&
	                    reason[strspn(reason, " ")]);
}

/* A PIN of no TPM would never be used. */
static bool
companion_pin_fits(const struct config_token *t)
{
	return !t->companion_pin_file[0] || t->companion_tpm[0];
}

/* `companion_tpm` is a tpm2: URI next to a token that is not a TPM itself.
 * Without it the token must name its own handle key. */
static bool
companion_fits(const struct config_token *t)
{
	if (!t->companion_tpm[0])
		return t->handle_label[0] || is_tpm(t);
	return !is_tpm(t) &&
	       strncmp(t->companion_tpm, TPM_SCHEME, strlen(TPM_SCHEME)) == 0;
}

/* Checks that concern several settings of one token. */
static err_t
check_token_members(const struct reading *r, const config_setting_t *s,
                    struct buf *why)
{
	const struct config_token *t = r->token;
	uint8_t check[HASH_SIZE];
	const struct setting *missing =
	        settings_missing(members, ARRAY_LEN(members), t);

	if (missing)
		return config_refuse(why, s, "%s.%s must be given", r->group,
		                     missing->path);
	/* A TPM needs no module; a PKCS#11 token must name its module. */
	if (!t->module[0] && !is_tpm(t))
		return config_refuse(why, s, "%s.module must be given",
		                     r->group);
	if (!companion_fits(t))
		return config_refuse(why, s,
		                     "%s.companion_tpm must be a tpm2: URI, "
		                     "and is only for a token that is not a "
		                     "TPM; without it handle_label must be "
		                     "given",
		                     r->group);
	if (!companion_pin_fits(t))
		return config_refuse(why, s,
		                     "%s.companion_pin_file is the PIN of a "
		                     "TPM, which companion_tpm must name",
		                     r->group);
	if (!reason_fits(t))
		return config_refuse(why, s,
		                     "%s.lockout_off must give a reason, and "
		                     "is only for a token in a TPM or with a "
		                     "TPM beside it",
		                     r->group);
	if (t->handle_check[0] &&
	    decode_hex_exact(bytes_of_str(t->handle_check), check,
	                     sizeof(check)) != OK)
		return config_refuse(why, s,
		                     "%s.handle_check must be 64 hexadecimal "
		                     "digits",
		                     r->group);
	if (!is_name(t->name))
		return config_refuse(why, s,
		                     "%s.name must be 1 to %d characters of "
		                     "a-z 0-9 . _ -",
		                     r->group, NAME_MAX_LEN);
	return OK;
}

static err_t
read_token(struct config_tree *t, const char *group, const config_setting_t *s,
           struct buf *why)
{
	size_t n = t->config.n_tokens;

	if (n == CONFIG_TOKENS_MAX)
		return config_refuse(why, s, "more than %d tokens",
		                     CONFIG_TOKENS_MAX);
	if (!config_setting_is_group(s))
		return config_refuse(why, s, "a token must be a group { ... }");

	const struct reading r = { .tree = t,
		                   .token = &t->tokens[n],
		                   .rows = &t->rows[n],
		                   .group = group };
	settings_default(members, ARRAY_LEN(members), r.token);
	lists_default(&r);
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_token_member(
		        &r, config_setting_get_elem(s, (unsigned)i), why));
	t->config.n_tokens++;
	TRY(check_token_members(&r, s, why));
	r.token->in_tpm = is_tpm(r.token);
	return OK;
}

static err_t
read_tokens_list(struct config_tree *t, const config_setting_t *s,
                 struct buf *why)
{
	if (!config_setting_is_list(s) || config_setting_length(s) == 0)
		return config_refuse(why, s,
		                     "tokens must be a list ( { ... }, ... )");
	t->config.listed_tokens = true;
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_token(t, "tokens",
		               config_setting_get_elem(s, (unsigned)i), why));
	return OK;
}

err_t
config_tokens(struct config_tree *t, const char *path,
              const config_setting_t *s, struct buf *why)
{
	bool list = strcmp(path, "tokens") == 0;

	if (!list && strcmp(path, "token") != 0)
		return E_NOT_FOUND;
	if (t->config.n_tokens)
		return config_refuse(why, s,
		                     "give either token or tokens, not both");
	return list ? read_tokens_list(t, s, why)
	            : read_token(t, "token", s, why);
}

/* The value of an attribute of an RFC 7512 URI, still percent-encoded. */
static struct bytes
uri_attribute(const char *uri, const char *name)
{
	size_t n = strlen(name);
	const char *at = strchr(uri, ':');

	for (; at; at = strchr(at, ';')) {
		at++;
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return bytes_of((const uint8_t *)at + n + 1,
			                strcspn(at + n + 1, ";?"));
	}
	return bytes_of(NULL, 0);
}

static bool
same_rows(const char *const *a, const char *const *b)
{
	while (*a && *b && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return !*a && !*b;
}

/* True for two rows that name the same device: each login at it would count as
 * a PIN try of both.  Compares the settings as written, so a device under two
 * names is not recognised. */
static bool
same_device(const struct config_token *a, const struct config_token *b)
{
	return !is_tpm(a) && strcmp(a->module, b->module) == 0 &&
	       same_rows(a->environment, b->environment) &&
	       bytes_equal(uri_attribute(a->uri, "token"),
	                   uri_attribute(b->uri, "token")) &&
	       bytes_equal(uri_attribute(a->uri, "serial"),
	                   uri_attribute(b->uri, "serial"));
}

/* Names what a and b share although each needs its own; NULL: nothing. */
static const char *
shared_by_tokens(const struct config_token *a, const struct config_token *b)
{
	if (strcmp(a->name, b->name) == 0)
		return "name";
	if (a->node == b->node)
		return "node";
	if (strcmp(a->state, b->state) == 0)
		return "state directory";
	return same_device(a, b) ? "device" : NULL;
}

err_t
config_tokens_check(struct config_tree *t, struct buf *why)
{
	if (t->config.n_tokens == 0)
		return config_refuse(why, NULL,
		                     "token or tokens must be given");
	for (size_t i = 0; i < t->config.n_tokens; i++) {
		struct config_token *token = &t->tokens[i];
		if (token->node == 0)
			token->node = t->config.node;
		for (size_t j = 0; j < i; j++) {
			const char *what =
			        shared_by_tokens(token, &t->tokens[j]);
			if (what)
				return config_refuse(
				        why, NULL,
				        "tokens: %s and %s have the same %s",
				        t->tokens[j].name, token->name, what);
		}
	}
	return OK;
}

void
config_tokens_help(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		setting_help(out, "token.", &members[i]);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		buf_printf(out, "token.%s\n\t%s\n\tlist, default empty\n",
		           lists[i].name, lists[i].help);
	buf_printf(out,
	           "tokens\n\tinstead of token: a list of 1 to %d groups with "
	           "the same members, the most preferred first\n",
	           CONFIG_TOKENS_MAX);
}
