#!/bin/bash
# Goal: make install puts programs, manual pages and units where a package
# would, below DESTDIR and nowhere else, and what is installed runs.
. "$(dirname "$0")/lib.sh"
demo_begin "$scenario"

umask 022
unset MAKEFLAGS MFLAGS MAKELEVEL
build=${ANCHORD_BUILD:-build}
if ! make -s -C "$demo_root" BUILD="$build" DESTDIR="$dir/root" PREFIX=/usr \
	install >install.log 2>&1; then
	bad "make install" "$(tail -n 3 install.log)"
	finish
fi
ok "make install"

for file in bin/anchord bin/anchorctl libexec/anchord/anchord-front \
	libexec/anchord/anchord-verifier libexec/anchord/anchord-ledger \
	libexec/anchord/anchord-keyholder; do
	same "$file is a program" "755" \
		"$(stat -c %a "root/usr/$file" 2>/dev/null)"
done
for page in man8/anchord.8 man1/anchorctl.1 man5/anchord.conf.5 \
	man8/anchord-front.8 man8/anchord-verifier.8 man8/anchord-ledger.8 \
	man8/anchord-keyholder.8; do
	holds "$page is there" test -s "root/usr/share/man/$page"
done
for unit in anchord.service anchord-revocation.service anchord-revocation.timer; do
	holds "$unit is there" test -s "root/usr/lib/systemd/system/$unit"
done
for file in lib/sysusers.d/anchord.conf lib/tmpfiles.d/anchord.conf \
	share/doc/anchord/examples/anchord.conf \
	share/doc/anchord/examples/policy.conf; do
	holds "$file is there" test -s "root/usr/$file"
done
same "nothing else is there" usr "$(ls root)"
holds "anchorctl runs" root/usr/bin/anchorctl --version
finish
