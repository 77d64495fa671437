#!/bin/bash
# Goal: make install puts programs, manual pages, units and documents below any
# prefix and nowhere else; the users and directories that systemd makes of it
# are those that the roles need; the service starts from its prefix; make
# uninstall leaves nothing.
. "$(dirname "$0")/lib.sh"
demo_begin "$scenario"

umask 022
unset MAKEFLAGS MFLAGS MAKELEVEL
build=${ANCHORD_BUILD:-build}
prefix=/opt/anchord
root=$dir/root
at=$root$prefix

make_it()
{
	make -s -C "$demo_root" BUILD="$build" DESTDIR="$root" PREFIX=$prefix \
		"$1" >"$1.log" 2>&1
}

if ! make_it install; then
	bad "make install" "$(tail -n 3 install.log)"
	finish
fi
ok "make install"

for file in bin/anchord bin/anchorctl libexec/anchord/anchord-front \
	libexec/anchord/anchord-verifier libexec/anchord/anchord-ledger \
	libexec/anchord/anchord-keyholder; do
	same "$file is a program" "755" "$(stat -c %a "$at/$file" 2>/dev/null)"
done
for page in man8/anchord.8 man1/anchorctl.1 man5/anchord.conf.5 \
	man8/anchord-front.8 man8/anchord-verifier.8 man8/anchord-ledger.8 \
	man8/anchord-keyholder.8; do
	holds "$page is there" test -s "$at/share/man/$page"
done
for unit in anchord.service anchord-revocation.service anchord-revocation.timer; do
	holds "$unit is there" test -s "$at/lib/systemd/system/$unit"
done
for file in lib/sysusers.d/anchord.conf lib/tmpfiles.d/anchord.conf \
	share/doc/anchord/examples/anchord.conf \
	share/doc/anchord/examples/policy.conf; do
	holds "$file is there" test -s "$at/$file"
done
same "nothing else is there" opt/anchord "$(cd root && echo */*)"

# A program that a unit starts is one that was installed.
started=$(sed -nE 's/^ExecStart=([^ ]*anchor[^ ]*).*/\1/p' \
	"$at"/lib/systemd/system/*.service | sort -u)
same "units name the installed programs" \
	"$prefix/bin/anchorctl $prefix/bin/anchord" "$(echo $started)"

# Links between documents hold where they are installed.
broken=$(cd "$at/share/doc/anchord" && grep -roE '\]\([^)#:]+' --include='*.md' |
	while IFS=: read -r page link; do
		case $link in *docs/man/*) continue ;; esac
		[ -e "$(dirname "$page")/${link#](}" ] || echo "$page: ${link#](}"
	done)
same "links between documents hold" "" "$broken"

# What bash completes after some words.
completed()
{
	PATH=$at/bin:$PATH bash -c '. "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _anchorctl
		echo "${COMPREPLY[*]}"' _ \
		"$at/share/bash-completion/completions/anchorctl" anchorctl "$@"
}
same "bash completes a verb" "revocation" "$(completed revoc)"
same "bash completes its second word" "unlatch" "$(completed token un)"
same "bash completes an option" "--state" "$(completed token unlatch --st)"

# The users of the roles are process.uid_base and the next three, and the
# directories are theirs.
mkdir -p "$root/etc"
if ! systemd-sysusers --root="$root" - <"$at/lib/sysusers.d/anchord.conf" \
	>sysusers.log 2>&1; then
	bad "systemd makes the users" "$(tail -n 3 sysusers.log)"
else
	same "systemd makes the users" \
		"anchord-front:64300 anchord-verifier:64301 anchord-ledger:64302 anchord-keyholder:64303" \
		"$(awk -F: '$3 ~ /^6430/ { print $1 ":" $3 }' "$root/etc/passwd" |
			sort -t: -k2 | tr '\n' ' ' | sed 's/ $//')"
	holds "one of them brings lists" grep -q ^anchord-fetch: "$root/etc/passwd"
fi
if [ "$(id -u)" -ne 0 ]; then
	skip "systemd makes the directories" "not root"
elif systemd-tmpfiles --root="$root" --create - \
	<"$at/lib/tmpfiles.d/anchord.conf" >tmpfiles.log 2>&1; then
	same "systemd makes the directories" \
		"keyholder 64303 700, ledger 64302 700, supervisor 0 700, tokens 64303 700" \
		"$(cd "$root/var/lib/anchord" &&
			stat -c '%n %u %a' keyholder ledger supervisor tokens |
			paste -sd, | sed 's/,/, /g')"
else
	bad "systemd makes the directories" "$(tail -n 3 tmpfiles.log)"
fi

# The service, from its prefix alone: the parts are found from its own place.
PATH=$at/bin:/usr/bin:/bin:/usr/sbin:/sbin
umask 077
port=$(free_port)
pcr_0=$(printf %064d 0) pcr_7=$pcr_0
if make_certificates && token_prepare && token_init >token.log 2>&1 &&
	token_keygen >>token.log 2>&1 && token_facts &&
	write_policy && write_config && service_start && wait_for 200 20; then
	ok "the installed service is ready"
else
	bad "the installed service is ready" "$(tail -n 3 token.log service.log)"
fi
same "its parts are the installed ones" "$at/libexec/anchord" \
	"$(for pid in $(pgrep -P "$service_pid"); do
		dirname "$(readlink "/proc/$pid/exe")"
	done | sort -u)"
service_stop

holds "make uninstall" make_it uninstall
same "nothing of ours is left" "" \
	"$(cd "$root" && find . -path ./etc -prune -o -type f -print)"
finish
