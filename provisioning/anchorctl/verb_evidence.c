/*
 * verb_evidence.c - see verb_evidence.h.
 */
#include "provisioning/anchorctl/verb_evidence.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

err_t
verb_files_new(struct verb_files **ret_files)
{
	struct verb_files *files = calloc(1, sizeof(*files));

	if (files)
		files->skipped = json_array();
	if (!files || !files->skipped) {
		free(files);
		return E_NOMEM;
	}
	*ret_files = files;
	return OK;
}

void
verb_files_free(struct verb_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->n; i++) {
		buf_release(&files->content[i]);
		free(files->path[i]);
	}
	json_decref(files->skipped);
	free(files);
}

void
verb_files_skip(struct verb_files *files, const struct cli *cli,
                const char *path, const char *why)
{
	(void)json_array_append_new(
	        files->skipped,
	        json_pack("{s:s, s:s}", "file", path, "why", why));
	cli_fail(cli, 0, "%s: ignored: %s", path, why);
}

static err_t
add_file(struct verb_files *files, const struct cli *cli, const char *path)
{
	if (files->n == VERB_FILES_MAX) {
		cli_fail(cli, 0, "more than %d files", VERB_FILES_MAX);
		return E_LIMIT;
	}
	files->content[files->n] = buf_of(VERB_FILE_MAX);
	files->path[files->n] = strdup(path);
	err_t err = cli_read_file(cli, path, &files->content[files->n]);
	files->n++; /* counted also after a failure, so that it is released */
	return err;
}

static err_t
add_entry(struct verb_files *files, const struct cli *cli, const char *path,
          const char *name)
{
	AUTO(buf_release) struct buf whole = buf_of(8192);
	struct stat st;

	buf_printf(&whole, "%s/%s", path, name);
	TRY(buf_status(&whole));
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return OK;
	const char *why = name[0] == '.'                    ? "hidden"
	                  : stat(buf_str(&whole), &st) != 0 ? "a dangling link"
	                  : !S_ISREG(st.st_mode) ? "not a regular file"
	                                         : NULL;
	if (why) {
		verb_files_skip(files, cli, buf_str(&whole), why);
		return OK;
	}
	TRY(add_file(files, cli, buf_str(&whole)));
	files->found[files->n - 1] = true;
	return OK;
}

static err_t
add_directory(struct verb_files *files, const struct cli *cli, const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, alphasort);
	err_t err = n >= 0 ? OK : E_IO;

	if (err != OK)
		cli_fail(cli, 0, "%s: cannot list the directory", path);
	for (int i = 0; i < n; i++) {
		if (err == OK)
			err = add_entry(files, cli, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return err;
}

err_t
verb_files_add(struct verb_files *files, const struct cli *cli,
               const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_directory(files, cli, path);
	return add_file(files, cli, path);
}

err_t
verb_files_open(const struct verb_files *files, const char *format,
                struct buf *why, struct evidence *ret_evidence)
{
	struct bytes *views = calloc(files->n + 1, sizeof(*views));

	if (!views)
		return E_NOMEM;
	for (size_t i = 0; i < files->n; i++)
		views[i] = buf_bytes(&files->content[i]);
	err_t err =
	        evidence_open_files(format, views, files->n, why, ret_evidence);
	free(views);
	return err;
}

int
verb_no_format(const struct cli *cli, const char *format)
{
	AUTO(buf_release) struct buf names = buf_of(1024);

	for (size_t i = 0; evidence_at(i); i++)
		buf_printf(&names, " %s", evidence_at(i)->name);
	return cli_fail(cli, VERB_USAGE,
	                "unknown evidence format %s; the formats are:%s",
	                format, buf_str(&names));
}

static void
print_leniencies(const struct evidence_leniency *a)
{
	for (; a && a->name; a++)
		cli_say("    --allow %-18s %s\n", a->name, a->help);
}

static void
print_formats(bool leniencies)
{
	const struct evidence_format *format;

	cli_say("\nFormats:\n");
	for (size_t i = 0; (format = evidence_at(i)); i++) {
		cli_say("  %-28s %s\n", format->name, format->help);
		if (leniencies)
			print_leniencies(format->leniencies);
	}
}

void
verb_formats_help(void)
{
	print_formats(false);
}

void
verb_leniencies_help(void)
{
	print_formats(true);
}
