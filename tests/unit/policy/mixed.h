/*
 * mixed.h - a policy for three fleets at once, with every setting of groups,
 * states and workflows.
 */
#ifndef UNIT_POLICY_MIXED_H
#define UNIT_POLICY_MIXED_H

#define MIXED_A "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define MIXED_B "dh1_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
#define MIXED_0 \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define MIXED_1 \
	"1111111111111111111111111111111111111111111111111111111111111111"
#define MIXED_2 \
	"2222222222222222222222222222222222222222222222222222222222222222"

/* clang-format off */
#define MIXED                                                                  \
"id = \"mixed\";\n"                                                            \
"version = 3;\n"                                                               \
"workflows: {\n"                                                               \
"  enroll: { bindings = [ \"account\" ];\n"                                    \
"            formats = [ \"tpm2-quote\", \"android-key\" ];\n"                 \
"            approval = true; };\n"                                            \
"  metadata: {\n"                                                              \
"    bindings = [ \"device\", \"account\" ];\n"                                \
"    formats = [ \"android-key\", \"tpm2-quote\" ];\n"                         \
"    groups = [ \"pixels\", \"gateways\", \"test-bench\" ];\n"                 \
"    challenge_age = 60;\n"                                                    \
"    result_ttl = 120;\n"                                                      \
"    possession = false;\n"                                                    \
"  };\n"                                                                       \
"};\n"                                                                         \
"groups: (\n"                                                                  \
"  { name = \"test-bench\";\n"                                                 \
"    formats = [ \"tpm2-quote\", \"android-key\" ];\n"                         \
"    match: { handles = [ \"" MIXED_A "\", \"" MIXED_B "\" ];\n"               \
"             tenants = [ \"lab\" ]; };\n"                                     \
"    android: { locked = false; }; },\n"                                       \
"  { name = \"pixels\";\n"                                                     \
"    formats = [ \"android-key\" ];\n"                                         \
"    match: { android: { brands = [ \"google\" ];\n"                           \
"                        levels = [ \"strongbox\" ]; }; };\n"                  \
"    android: { os_patch_age = 120;\n"                                         \
"               states = ( { name = \"v41\";\n"                                \
"                            boot_hashes = [ \"" MIXED_0 "\" ]; },\n"          \
"                          { name = \"v42\";\n"                                \
"                            boot_hashes = [ \"" MIXED_1 "\" ]; } ); }; },\n"  \
"  { name = \"own-key\"; formats = [ \"android-key\" ];\n"                     \
"    match: { accounts = [ \"" MIXED_2 "\" ]; };\n"                            \
"    android: { boot_states = [ \"self_signed\" ];\n"                          \
"               boot_keys = [ \"" MIXED_1 "\" ]; }; },\n"                      \
"  { name = \"gateways\"; formats = [ \"tpm2-quote\" ];\n"                     \
"    match: { tpm2: { schemes = [ \"ecdsa\" ]; }; };\n"                        \
"    tpm2: { pcrs = ( { bank = \"sha256\"; index = 7;\n"                       \
"                       values = [ \"" MIXED_0 "\" ]; } );\n"                  \
"            states = (\n"                                                     \
"              { name = \"fw1\"; pcrs = ( { bank = \"sha256\"; index = 0;\n"   \
"                values = [ \"" MIXED_1 "\" ]; } ); },\n"                      \
"              { name = \"fw2\"; pcrs = ( { bank = \"sha256\"; index = 0;\n"   \
"                values = [ \"" MIXED_2 "\" ]; } ); } ); }; }\n"               \
");\n"
/* clang-format on */

#endif
