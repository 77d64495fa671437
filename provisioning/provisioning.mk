# make demo, make run, make install.

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

.PHONY: install
install: all docs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) \
		$(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(UNITDIR)
	install -m 0755 $(BUILD)/bin/anchord $(BUILD)/bin/anchorctl \
		$(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(ROLES:%=$(BUILD)/bin/%) $(DESTDIR)$(LIBEXEC)
	for page in $(MAN); do \
		install -D -m 0644 $$page \
			$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit; \
	done
	for unit in $(wildcard provisioning/systemd/*.service \
		provisioning/systemd/*.socket provisioning/systemd/*.timer); do \
		install -m 0644 $$unit $(DESTDIR)$(UNITDIR) || exit; \
	done
	for file in $(wildcard provisioning/examples/*); do \
		install -m 0644 $$file $(DESTDIR)$(DOCDIR)/examples || exit; \
	done
	install -D -m 0644 provisioning/systemd/anchord.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/anchord.conf
	install -D -m 0644 provisioning/systemd/anchord.tmpfiles \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/anchord.conf
	install -m 0644 README.md LICENSE docs/*.md $(DESTDIR)$(DOCDIR)
