/*
 * make_bundle.c - writes trust bundles to <directory>/<name>.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/fakes/bundle_kit.h"

static const char *directory;

static void
save(const char *name, struct bytes text)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(text.data, 1, text.len, f) != text.len ||
	    fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void
save_bundle(const char *name, const struct bundle *b)
{
	AUTO(buf_release) struct buf text = bundle_kit_text(b);

	save(name, buf_bytes(&text));
}

/* A bundle that is refused for one rule, or has nothing that it may lack. */
static void
save_changed(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();

	b->change = BUNDLE_RECOVERY;
	save_bundle("recovery", b);
	b->change = BUNDLE_REMOVAL;
	b->n_anchors = b->n_policies = 0;
	save_bundle("removal", b);
	b->officers.threshold = 1;
	save_bundle("bad-threshold", b);
}

/* Texts that no writer of ours makes. */
static void
save_spoilt(struct bytes text)
{
	AUTO(buf_release) struct buf other = buf_of(2 * TRUST_TEXT_MAX);

	save("bad-cut", bytes_of(text.data, text.len / 2));
	buf_append_str(&other, "# a comment\n");
	buf_append(&other, text);
	save("bad-comment", buf_bytes(&other));
	buf_reset(&other);
	buf_append(&other, text);
	buf_append_str(&other, "treshold = 2;\n");
	save("bad-name", buf_bytes(&other));
	buf_reset(&other);
	for (int i = 0; i < 400; i++)
		buf_append_str(&other, i ? "(" : "format = ");
	save("bad-depth", buf_bytes(&other));
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	directory = argv[1];
	AUTO(bundle_free) struct bundle *least = bundle_kit_least();
	AUTO(bundle_free) struct bundle *whole = bundle_kit_whole();
	AUTO(buf_release) struct buf text = bundle_kit_text(least);

	save_bundle("least", least);
	save_bundle("whole", whole);
	save_changed();
	save_spoilt(buf_bytes(&text));
	return 0;
}
