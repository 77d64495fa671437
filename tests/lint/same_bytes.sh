#!/bin/bash
# same_bytes.sh - the same source gives the same bytes in any directory.
#
# A few files of the tree are compiled and linked in two directories, and
# compared with all that debuggers read; so is what a program says of its commit
# compared with where that came from.
. "$(dirname "$0")/lib.sh"

commit=0123456789abcdef0123456789abcdef01234567
objects="obj/src/base/version.o obj/src/base/buf.o obj/hsm/pkcs11/rv.o"

# tree DIRECTORY: the part of this repository that is compiled, as in a tarball.
tree()
{
	mkdir -p "$1/provisioning"
	cp -r "$root/Makefile" "$root/VERSION" "$root/include" "$root/hsm" \
		"$root/src" "$1"
	cp "$root/provisioning/commit.sh" "$1/provisioning"
	echo "$commit" >"$1/COMMIT"
}

# make_in DIRECTORY BUILD TARGET...
make_in()
{
	local where=$1 build=$2 t targets=()
	shift 2
	for t; do
		targets+=("$build/$t")
	done
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$where" CC=gcc \
		BUILD="$build" "${targets[@]}" >/dev/null
}

# Two trees with the Makefile of the current directory; what differs, one line.
check()
{
	local makefile=$PWD/Makefile a=$scratch/a b=$scratch/another/place o
	rm -rf "$a" "$b"
	tree "$a"
	tree "$b"
	cp "$makefile" "$a"
	cp "$makefile" "$b"
	# shellcheck disable=SC2086
	make_in "$a" build $objects && make_in "$b" "$b/out" $objects || {
		echo "a tree outside of git does not build"
		return
	}
	for o in $objects; do
		cmp -s "$a/build/$o" "$b/out/$o" ||
			echo "$o depends on its directory"
		! grep -qF "$scratch" "$a/build/$o" ||
			echo "$o names the directory that it was made in"
	done
	grep -qF "$commit" "$a/build/obj/src/base/version.o" ||
		echo "the commit of a tarball is not in version.o"
}

# What commit.sh says of a clone, and of one that was changed.
check_git()
{
	local tree=$scratch/git head
	if ! command -v git >/dev/null; then
		skipped=$((skipped + 1))
		return
	fi
	tree "$tree"
	git -C "$tree" -c init.defaultBranch=x init -q &&
		git -C "$tree" add -A &&
		git -C "$tree" -c user.name=x -c user.email=x commit -qm x ||
		bad "self-test: git"
	head=$(git -C "$tree" rev-parse HEAD)
	says "$tree" "$head" "a clone"
	echo >>"$tree/VERSION"
	says "$tree" "$head-changed" "a clone that was changed"
	rm -rf "$tree/.git"
	says "$tree" "$commit" "a tarball"
	echo "\$Format:%H\$" >"$tree/COMMIT"
	says "$tree" unknown "a tree of neither kind"
}

says()
{
	local said
	said=$(cd "$1" && provisioning/commit.sh)
	if [ "$said" = "$2" ]; then
		ok
	else
		bad "$3: commit.sh says '$said', not '$2'"
	fi
}

self_test()
{
	sed '/ffile-prefix-map/s/-ffile-prefix-map=[^ ]*//' "$root/Makefile" |
		plant Makefile
	planted "a build without the map" 'buf.o depends on its directory'
	sed 's/-ffile-prefix-map=[^ ]*/-ffile-prefix-map=$(CURDIR)\/=/' \
		"$root/Makefile" | plant Makefile
	planted "a map that leaves the directory" 'buf.o names the directory'
	sed 's/^\$(version_o): \$(BUILD)\/commit$//; s/^COMMIT  := .*/COMMIT := x/' \
		"$root/Makefile" | plant Makefile
	planted "a program without its commit" 'commit of a tarball is not in'
}

check_repository
check_git
self_test
finish
