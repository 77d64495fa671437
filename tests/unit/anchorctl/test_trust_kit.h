/*
 * test_trust_kit.h - proposals and chain files of a test, made from chain_kit.h.
 */
#ifndef ANCHORCTL_TEST_TRUST_KIT_H
#define ANCHORCTL_TEST_TRUST_KIT_H

#include <ftw.h>

#include "tests/common/base/files.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"
#include "tests/unit/anchorctl/test_trust_command.h"

struct place {
	char path[64];
	struct chain_kit k;
};

static int
remove_entry(const char *path, const struct stat *st, int type,
             struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void
place_leave(struct place *p)
{
	if (chdir("/") == 0)
		remove_tree(p->path);
	chain_kit_release(&p->k);
	clock_set_wall(0);
}
DEFINE_AUTO_REF(struct place, place_leave);

/* Version 1 is there; whatever is added follows it. */
static void
place_enter(struct place *p)
{
	snprintf(p->path, sizeof(p->path), "/tmp/proposal-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->path));
	CU_ASSERT_EQUAL_FATAL(chdir(p->path), 0);
	chain_kit_begin(&p->k);
}

#define PLACE(p)                          \
	AUTO(place_leave) struct place p; \
	place_enter(&(p))

static void
write_bytes(const char *path, struct bytes content)
{
	CU_ASSERT_TRUE_FATAL(file_write(path, content, 0644));
}

/* The first n versions. */
static void
write_pack(struct chain_kit *k, size_t n, const char *path)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(buf_release) struct buf pack = buf_of(TRUST_PACK_MAX);
	struct trust_version versions[CHAIN_KIT_MAX];
	char names[TRUST_SIGNATURES_MAX][4];

	chain_kit_seal(k);
	for (size_t i = 0; i < n; i++) {
		versions[i] = k->versions[i];
		for (size_t j = 0; j < versions[i].n_signatures; j++) {
			snprintf(names[j], sizeof(names[j]), "s%02zu", j);
			versions[i].signatures[j].name = bytes_of_str(names[j]);
		}
	}
	const struct trust_chain chain = { n, versions };
	CU_ASSERT_EQUAL_FATAL(trust_pack_put(&chain, &why, &pack), OK);
	write_bytes(path, buf_bytes(&pack));
}

static void
write_signature_of(struct chain_kit *k, size_t i, size_t j, const char *path)
{
	write_bytes(path, k->versions[i].signatures[j].text);
}

/* Version i as a proposal in `p`, its signatures in files of these names. */
static void
write_proposal(struct chain_kit *k, size_t i, const char *names)
{
	char copy[256];
	char path[300];
	char *save = NULL;
	size_t j = 0;

	chain_kit_seal(k);
	CU_ASSERT_EQUAL_FATAL(mkdir("p", 0755), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir("p/signatures", 0755), 0);
	write_bytes("p/bundle", k->versions[i].text);
	if (i > 0)
		write_pack(k, i, "p/chain");
	snprintf(copy, sizeof(copy), "%s", names);
	for (char *name = strtok_r(copy, " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		snprintf(path, sizeof(path), "p/signatures/%s", name);
		write_signature_of(k, i, j++, path);
	}
	clock_set_wall((k->bundles[i]->issued_s + 60) * 1000);
}

#endif
