/*
 * ceremony_kit.h - a small ceremony that is honest until a test spoils it.
 *
 * A role signs with the P-256 key of its name (soft_key.h); "hsm" is the key that
 * the second step makes.
 */
#ifndef COMMON_FAKES_CEREMONY_KIT_H
#define COMMON_FAKES_CEREMONY_KIT_H

#include "tests/common/fakes/ssh_kit.h"
#include "trust/ceremony_judge.h"

#define PLAN_HEAD             \
	"format = 1;\n"       \
	"name = \"first\";\n" \
	"purpose = \"A key for ${all}.\";\n"
#define PLAN_PRESENT                           \
	"present = (\n"                        \
	"  {\n    role = \"officer\";\n  },\n" \
	"  {\n    role = \"witness\";\n  },\n" \
	"  {\n    role = \"hsm\";\n  }\n);\n"
#define PLAN_TOKENS                                      \
	"tokens = (\n  {\n    module = \"${module}\";\n" \
	"    label = \"${token}\";\n  }\n);\n"
#define PLAN_STEPS(second)                                                \
	"steps = (\n"                                                     \
	"  {\n    instruct = \"Open the envelope of ${token}.\";\n  },\n" \
	"  {\n    run = \"" second "\";\n  },\n"                          \
	"  {\n    run = \"token list --module ${module}\";\n  }\n);\n"
#define KEYGEN "token keygen --module ${module} --token ${token}"
#define PLAN_OF(keys, second)                                       \
	PLAN_HEAD "keys = \"" keys "\";\n" PLAN_PRESENT PLAN_TOKENS \
	PLAN_STEPS(second)
#define PLAN PLAN_OF("stay", KEYGEN)

#define SITE_OF(module, token)                                                \
	"format = 1;\npresent = (\n"                                          \
	"  {\n    role = \"officer\";\n    person = \"Ada Example\";\n  },\n" \
	"  {\n    role = \"witness\";\n    person = \"Bob Example\";\n  },\n" \
	"  {\n    role = \"hsm\";\n    person = \"the token\";\n  }\n);\n"    \
	"values = (\n"                                                        \
	"  {\n    name = \"module\";\n    value = \"" module "\";\n  },\n"    \
	"  {\n    name = \"token\";\n    value = \"" token "\";\n  }\n);\n"
#define SITE SITE_OF("/lib/p11.so", "the service")

/* Entries of the honest ceremony: the second step fails once. */
enum { BEGIN, SAID, FAILED, MADE, LISTED, END, ENTRIES };
#define ENTRIES_ROOM 12

struct ceremony_kit_entry {
	uint32_t step, status;
	uint64_t time_s;
	struct buf does, output;
};

struct ceremony_kit {
	const char *plan_text;
	struct ceremony_plan *plan;
	struct ceremony_site *site;
	struct ceremony_begin begin;
	size_t n;
	struct ceremony_kit_entry entries[ENTRIES_ROOM];
	const char *keys[3]; /* who signs for each role; NULL: nobody */
	const char *namespace;
	bool expect_rehearsal;
	struct buf text, signatures[3];
	struct ceremony_signer signers[3];
	size_t n_signers;
	const struct certifier *attest;
	struct buf why;
	struct ceremony_found found;
};

void ceremony_kit_release(struct ceremony_kit *k);
DEFINE_AUTO_REF(struct ceremony_kit, ceremony_kit_release);

/* The honest ceremony of a plan: PLAN, or one of PLAN_OF(). */
void ceremony_kit_begin(struct ceremony_kit *k, const char *plan);

/* Another entry, with the words of its step. */
struct ceremony_kit_entry *ceremony_kit_add(struct ceremony_kit *k,
                                            uint32_t step, uint32_t status);

/* A line of output; one of inventory with the key of this name; one as token
 * keygen prints it of that key. */
void ceremony_kit_line(struct ceremony_kit *k, size_t entry, const char *line);
void ceremony_kit_key(struct ceremony_kit *k, size_t entry, const char *name);
void ceremony_kit_printed(struct ceremony_kit *k, size_t entry,
                          const char *name);

/* The SHA-256 of the entry before the last one, as the text is now. */
void ceremony_kit_before_end(struct ceremony_kit *k,
                             uint8_t ret_hash[static HASH_SIZE]);

/* Writes the text, has it signed, judges it; why and found are the answer. */
void ceremony_kit_write(struct ceremony_kit *k);
void ceremony_kit_sign(struct ceremony_kit *k);
err_t ceremony_kit_judge(struct ceremony_kit *k);

/* All three: it is refused with these words; NULL: it is sound. */
void ceremony_kit_must(struct ceremony_kit *k, const char *words);

/* The text is not a plan, and these words say why. */
void ceremony_kit_refuse_plan(const char *text, const char *words);

#endif
