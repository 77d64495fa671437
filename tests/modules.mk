# make modules: what works with which PKCS#11 module, as docs/modules.md says; as
# root, since some modules' directories are compiled in and get a file system of
# their own.  `make modules-check` compares with the page.

.PHONY: modules modules-check
modules: all
	@tests/deps.sh build run test modules
	@ANCHORD_BUILD=$(BUILD) tests/modules/run.sh

modules-check: all
	@tests/deps.sh build run test modules
	@ANCHORD_BUILD=$(BUILD) tests/modules/run.sh --check
