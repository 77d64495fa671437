#!/bin/bash
# Goal: every command of docs/runbook.md works as it stands there, in order, in
# one shell, on the installed copy, as an officer of a new service types them.
#
# A machine of its own for that: /usr, /etc, /var, /root and /run are laid over
# this machine's and gone afterwards; the network has nothing but loopback; the
# processes end with it.  systemd/ plays systemd.
. "$(dirname "$0")/lib.sh"

page=$demo_root/docs/runbook.md

# As root in those namespaces: the layers, then the page.
if [ "${1:-}" = --inside ]; then
	dir=$2
	umask 022
	cd "$dir" || exit 1
	mount -t tmpfs none layers || exit 1
	for layer in usr etc var root; do
		mkdir layers/$layer layers/$layer.work
		mount -t overlay overlay -o "lowerdir=/$layer,upperdir=$dir/layers/$layer,workdir=$dir/layers/$layer.work" /$layer ||
			exit 1
	done
	mount -t tmpfs none /run && ip link set lo up || exit 1
	unset MAKEFLAGS MFLAGS MAKELEVEL SOFTHSM2_CONF ANCHORD_BUILD
	export BUILD=$3 PATH=$here/systemd:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	cd "$demo_root" || exit 1
	cd "$demo_root" || exit 1
	bash -euo pipefail "$dir/page.sh"
	status=$?
	[ $status -eq 0 ] || tail -n 8 /run/systemd-of-a-test/*.journal
	exit $status
fi

demo_begin "$scenario"
if [ "$(id -u)" -ne 0 ]; then
	skip "the commands of the runbook" "not root"
	finish
fi
if ! unshare --mount --net --pid --fork true 2>/dev/null; then
	skip "the commands of the runbook" "no namespaces here"
	finish
fi

# Each block says that it was begun; what a block prints stands behind that.
awk '/^```sh$/ { n++; printf "echo; echo \"@ block %d, line %d\"\n", n, NR; on = 1; next }
	/^```$/ { on = 0 }
	on' "$page" >page.sh
blocks=$(grep -c '^echo; echo "@ block' page.sh)
holds "the page has commands" test "$blocks" -ge 10

same "no command stands in a block that is not run" "" \
	"$(awk '/^ *```/ { inside = !inside; plain = inside && /^ *```$/; next }
		plain && /^ *(anchor|systemctl|tpm2_|openssl|curl|make|chown|install) *[a-z_]* / { print FILENAME ":" FNR }' "$page")"

mkdir layers
unshare --mount --propagation private --net --pid --mount-proc --fork --kill-child \
	"$here/$scenario.sh" --inside "$dir" "${ANCHORD_BUILD:-build}" >page.log 2>&1
status=$?
ran=$(grep -c '^@ block' page.log)
last=$(grep '^@ block' page.log | tail -n 1)
if [ $status -eq 0 ]; then
	ok "the commands of the runbook, $ran blocks"
else
	bad "the commands of the runbook" "exit status $status in ${last#@ }"
	tail -n 12 page.log | sed 's/^/  | /'
fi
same "no block was left out" "$blocks" "$ran"
finish
