# make demo, make run, make install, make uninstall, make dist.

LIBEXEC := $(PREFIX)/libexec/anchord
MANDIR  := $(PREFIX)/share/man
DOCDIR  := $(PREFIX)/share/doc/anchord
UNITDIR := $(PREFIX)/lib/systemd/system
ROLES   := anchord-front anchord-verifier anchord-ledger anchord-keyholder

# The second make: see tests/check.mk.
.PHONY: demo run demo-now run-now
demo run:
	@tests/deps.sh build run
	@+$(MAKE) --no-print-directory $@-now

demo-now: all keymint
	@ANCHORD_BUILD=$(BUILD) provisioning/demo/demo.sh

run-now: all keymint
	@ANCHORD_BUILD=$(BUILD) provisioning/demo/run.sh

# A unit names the programs where they were installed; the supervisor finds its
# parts from its own place.  Documents keep their places beside each other, so
# that links between them hold.
BASHDIR := $(PREFIX)/share/bash-completion/completions
ROOM_PAGES := $(wildcard src/*/README.md hsm/README.md provisioning/README.md \
	tests/README.md tests/mutations/README.md)
UNITS   := $(wildcard provisioning/systemd/*.service provisioning/systemd/*.timer)

.PHONY: install uninstall
install: all docs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) \
		$(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(DOCDIR)/ceremonies \
		$(DESTDIR)$(DOCDIR)/docs/adr \
		$(DESTDIR)$(DOCDIR)/hsm $(DESTDIR)$(UNITDIR)
	install -m 0755 $(BUILD)/bin/anchord $(BUILD)/bin/anchorctl \
		$(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(ROLES:%=$(BUILD)/bin/%) $(DESTDIR)$(LIBEXEC)
	for page in $(MAN); do \
		install -D -m 0644 $$page \
			$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit; \
	done
	for unit in $(UNITS); do \
		sed 's#/usr/bin/anchor#$(PREFIX)/bin/anchor#' $$unit | \
		install -m 0644 /dev/stdin \
			$(DESTDIR)$(UNITDIR)/$${unit##*/} || exit; \
	done
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/include/anchord \
		$(wildcard include/anchord/*)
	install -m 0644 $(wildcard provisioning/examples/*) \
		$(DESTDIR)$(DOCDIR)/examples
	install -m 0644 $(wildcard provisioning/ceremonies/*) \
		$(DESTDIR)$(DOCDIR)/ceremonies
	install -D -m 0644 provisioning/systemd/anchord.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/anchord.conf
	install -D -m 0644 provisioning/systemd/anchord.tmpfiles \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/anchord.conf
	install -D -m 0644 provisioning/completion/anchorctl \
		$(DESTDIR)$(BASHDIR)/anchorctl
	install -m 0644 README.md LICENSE $(DESTDIR)$(DOCDIR)
	install -m 0644 $(wildcard docs/*.md) docs/openapi.json \
		$(DESTDIR)$(DOCDIR)/docs
	install -m 0644 $(wildcard docs/adr/*.md) $(DESTDIR)$(DOCDIR)/docs/adr
	install -m 0644 hsm/ADDING.md $(DESTDIR)$(DOCDIR)/hsm
	for page in $(ROOM_PAGES); do \
		install -D -m 0644 $$page $(DESTDIR)$(DOCDIR)/$$page || exit; \
	done

# What install put there, and nothing else: the configuration, databases and
# tokens are not ours to remove.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/anchord $(DESTDIR)$(PREFIX)/bin/anchorctl \
		$(foreach page,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
		$(UNITS:provisioning/systemd/%=$(DESTDIR)$(UNITDIR)/%) \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/anchord.conf \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/anchord.conf \
		$(DESTDIR)$(BASHDIR)/anchorctl
	rm -rf $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(DOCDIR) \
		$(DESTDIR)$(PREFIX)/include/anchord

# What is handed out of this commit; see dist.sh.
.PHONY: dist
dist:
	@provisioning/dist.sh $(BUILD)/dist
