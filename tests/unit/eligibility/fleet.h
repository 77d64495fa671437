/*
 * fleet.h - the rollout file that the tests of this room begin with: every
 * setting that there is, each on a line of its own.
 */
#ifndef UNIT_ELIGIBILITY_FLEET_H
#define UNIT_ELIGIBILITY_FLEET_H

#define FLEET_HANDLE_A "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FLEET_HANDLE_B "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
#define FLEET_HANDLE_C "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI"

#define FLEET_SEED_6 \
	"1111111111111111111111111111111111111111111111111111111111111111"
#define FLEET_SEED_11 \
	"2222222222222222222222222222222222222222222222222222222222222222"
#define FLEET_STOP "33333333333333333333333333333333"

/* The line of each is counted in broken.def. */
/* clang-format off */
#define FLEET                                                             \
	/* 1 */ "id = \"fleet\";\n"                                       \
	/* 2 */ "version = 7;\n"                                          \
	/* 3 */ "groups: (\n"                                             \
	/* 4 */ "  { name = \"canary\";\n"                                \
	/* 5 */ "    handles = [ \"" FLEET_HANDLE_B                       \
	        "\", \"" FLEET_HANDLE_A "\" ]; },\n"                      \
	/* 6 */ "  { name = \"phones\";\n"                                \
	/* 7 */ "    formats = [ \"android-key\" ];\n"                    \
	/* 8 */ "    enrolled_from = \"2026-01-01T00:00:00Z\";\n"         \
	/* 9 */ "    enrolled_until = \"2027-01-01T00:00:00Z\";\n"        \
	/* 10 */ "    facts = ( { name = \"os_version\";\n"               \
	/* 11 */ "                least = 150000;\n"                      \
	/* 12 */ "                most = 170000; } ); },\n"               \
	/* 13 */ "  { name = \"blocked\";\n"                              \
	/* 14 */ "    facts = ( { name = \"verified_boot_key\";\n"        \
	/* 15 */ "                values = [ \"00ff\" ]; } ); }\n"        \
	/* 16 */ ");\n"                                                   \
	/* 17 */ "channels: (\n"                                          \
	/* 18 */ "  { name = \"stable\";\n"                               \
	/* 19 */ "    deny = [ \"blocked\" ];\n"                          \
	/* 20 */ "    allow = [ \"canary\", \"phones\" ];\n"              \
	/* 21 */ "    build = \"os_patch_level\";\n"                      \
	/* 22 */ "    minimum_build = 202601;\n"                          \
	/* 23 */ "    steps = [ 202606 ];\n"                              \
	/* 24 */ "    windows = ( { days = [ \"sat\", \"sun\" ];\n"       \
	/* 25 */ "                  from = \"22:00\";\n"                  \
	/* 26 */ "                  to = \"04:00\";\n"                    \
	/* 27 */ "                  zone = "                              \
	         "\"CET-1CEST,M3.5.0,M10.5.0/3\"; } );\n"                 \
	/* 28 */ "    limits = { concurrent = 2;\n"                       \
	/* 29 */ "               rate = 3;\n"                             \
	/* 30 */ "               period = \"1h\";\n"                      \
	/* 31 */ "               permit = \"2h\";\n"                      \
	/* 32 */ "               attempts = 3;\n"                         \
	/* 33 */ "               cooldown = \"10m\"; }; },\n"             \
	/* 34 */ "  { name = \"beta\"; }\n"                               \
	/* 35 */ ");\n"                                                   \
	/* 36 */ "releases: (\n"                                          \
	/* 37 */ "  { release = \"fw-6\";\n"                              \
	/* 38 */ "    channel = \"stable\";\n"                            \
	/* 39 */ "    build = 202606;\n"                                  \
	/* 40 */ "    seed = \"" FLEET_SEED_6 "\";\n"                     \
	/* 41 */ "    stages = ( { name = \"all\"; percent = 100; } );\n" \
	/* 42 */ "    downgrade = { groups = [ \"canary\" ];\n"           \
	/* 43 */ "                  until = \"2027-01-01T00:00:00Z\"; }; " \
	         "},\n"                                                   \
	/* 44 */ "  { release = \"fw-11\";\n"                             \
	/* 45 */ "    channel = \"stable\";\n"                            \
	/* 46 */ "    build = 202611;\n"                                  \
	/* 47 */ "    minimum_build = 202602;\n"                          \
	/* 48 */ "    seed = \"" FLEET_SEED_11 "\";\n"                    \
	/* 49 */ "    expedite = false;\n"                                \
	/* 50 */ "    lifts = [ \"" FLEET_STOP "\" ];\n"                  \
	/* 51 */ "    stages = (\n"                                       \
	/* 52 */ "      { name = \"canary\"; group = \"canary\"; },\n"    \
	/* 53 */ "      { name = \"small\"; percent = 1;\n"               \
	/* 54 */ "        from = \"2026-12-01T00:00:00Z\";\n"             \
	/* 55 */ "        after_devices = 2; },\n"                        \
	/* 56 */ "      { name = \"growing\"; percent = \"50.5\";\n"          \
	/* 57 */ "        from = \"2026-12-02T00:00:00Z\";\n"             \
	/* 58 */ "        ramp = \"10d\"; },\n"                           \
	/* 59 */ "      { name = \"all\"; percent = 100;\n"               \
	/* 60 */ "        from = \"2026-12-20T00:00:00Z\";\n"             \
	/* 61 */ "        gate = \"open\"; } ); },\n"                     \
	/* 62 */ "  { release = \"fw-11\";\n"                             \
	/* 63 */ "    channel = \"beta\";\n"                              \
	/* 64 */ "    expedite = true;\n"                                 \
	/* 65 */ "    hold = { owner = \"ops\";\n"                        \
	/* 66 */ "             reason = \"crash reports\";\n"             \
	/* 67 */ "             since = \"2026-11-01T00:00:00Z\";\n"       \
	/* 68 */ "             alarm = \"7d\"; }; },\n"                   \
	/* 69 */ "  { release = \"fw-9\";\n"                              \
	/* 70 */ "    channel = \"beta\";\n"                              \
	/* 71 */ "    withdrawn = \"bricks one model\"; }\n"              \
	/* 72 */ ");\n"                                                   \
	/* 73 */ "pins: (\n"                                              \
	/* 74 */ "  { group = \"blocked\";\n"                             \
	/* 75 */ "    channel = \"stable\";\n"                            \
	/* 76 */ "    release = \"fw-6\"; }\n"                            \
	/* 77 */ ");\n"
/* clang-format on */

#endif
