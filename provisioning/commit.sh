#!/bin/sh
# commit.sh - the commit that the tree below the current directory is of.
#
# Of a clone git knows it; "-changed" says that files of it were changed since.
# A tarball has it in the file COMMIT, where `git archive` writes it.  "unknown"
# is a tree of neither kind.
git_here()
{
	git -c safe.directory="$PWD" "$@" 2>/dev/null
}

if [ -e .git ] && commit=$(git_here rev-parse --verify HEAD); then
	git_here diff-index --quiet HEAD -- || commit=$commit-changed
else
	commit=$(grep -Ex '[0-9a-f]{40,64}' COMMIT 2>/dev/null) ||
		commit=unknown
fi
echo "$commit"
