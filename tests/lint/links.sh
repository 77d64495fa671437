#!/bin/bash
# links.sh - what each program is linked with, held against links.tsv.
#
# The process walls are kept by the linker: the program that parses evidence
# has no network library, the one that talks TLS has no PKCS#11.
. "$(dirname "$0")/lib.sh"

table=$lint_dir/links.tsv
bin=$root/${ANCHORD_BUILD:-build}/bin
[[ ${ANCHORD_BUILD:-} == /* ]] && bin=$ANCHORD_BUILD/bin

needed()
{
	readelf -dW "$1" |
		sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*\].*/\1/p' | sed 's/-[0-9.]*$//'
}

check()
{
	local kind what where name program
	local -A symbols=()
	for program in "$bin"/*; do
		[ -e "$program" ] || continue
		name=${program##*/}
		symbols[$name]=$(nm -D --undefined-only "$program" 2>/dev/null |
			sed 's/.* U //; s/@.*//')
		grep -q "^links	$name	" "$table" ||
			echo "$name has no row in links.tsv"
	done
	while IFS=$'\t' read -r kind what where; do
		case $kind in
		'' | '#'*) ;;
		links) check_links "$what" "$where" ;;
		symbol) check_symbols "$what" "$where" ;;
		*) echo "links.tsv: unknown row '$kind'" ;;
		esac
	done <"$table"
}

check_links()
{
	local lib list
	if ! list=$(set -o pipefail; needed "$bin/$1" 2>&1); then
		echo "$1: readelf failed; is it built? $list"
		return
	fi
	for lib in $list; do
		case " libc ld-linux-x86-64 ld-linux-aarch64 $2 " in
		*" $lib "*) ;;
		*) echo "$1 is linked with $lib" ;;
		esac
	done
}

# Which programs but those of $2 use a symbol of $1.
check_symbols()
{
	local name symbol
	for name in "${!symbols[@]}"; do
		[[ " $2 " != *" $name "* ]] || continue
		for symbol in $1; do
			[[ $'\n'${symbols[$name]}$'\n' != *$'\n'$symbol$'\n'* ]] ||
				echo "$name uses $symbol()"
		done
	done
}

# Every program of the table as a small one of C; then one of them with a fault.
planted_program()
{
	local kind name rest
	bin=$scratch/tree/bin
	mkdir -p "$bin"
	echo 'int main(void) { return 0; }' >"$scratch/good.c"
	gcc -o "$scratch/good" "$scratch/good.c" || bad "self-test: no compiler"
	while IFS=$'\t' read -r kind name rest; do
		[ "$kind" = links ] && cp "$scratch/good" "$bin/$name"
	done <"$table"
	[ $# -gt 0 ] || return
	echo "$2" >"$scratch/bad.c"
	gcc -w -o "$bin/$1" "$scratch/bad.c" -Wl,--no-as-needed $3 ||
		bad "self-test: no compiler"
}

self_test()
{
	planted_program anchord-verifier 'int main(void) { return 0; }' -lssl
	planted "a verifier with TLS" 'anchord-verifier is linked with libssl'

	planted_program anchord-front 'int main(void) { return 0; }' -lp11-kit
	planted "a front with PKCS#11" 'anchord-front is linked with libp11-kit'

	planted_program anchord-front \
		'void *dlopen(); int main(void) { return !dlopen("a", 1); }' ""
	planted "a front that loads modules" 'anchord-front uses dlopen'

	planted_program
	echo text >"$bin/anchord-ledger"
	planted "a program that is none" 'anchord-ledger: readelf failed'

	planted_program
	cp "$bin/anchord" "$bin/anchord-extra"
	planted "a program without a row" 'anchord-extra has no row'

	planted_program
	clean "programs with the C library alone"
}

check_repository
self_test
finish
