#!/bin/bash
# beside.sh - measures another verifier of Android chains on the chains that
# bench_android wrote just before: beside.sh DIRECTORY, in which chains.json is.
#
# The other one is a package that npm installs into that directory, when it can.
# When it cannot, nothing was measured, and that is said.
set -u
here=$(cd "$(dirname "$0")" && pwd)
package=@simplewebauthn/server
cd "$1" || exit 1

not_measured()
{
	echo "beside $package: not measured: $*"
	exit 0
}

command -v node >/dev/null && command -v npm >/dev/null ||
	not_measured "no node and npm on this machine"
[ -s chains.json ] || not_measured "bench_android wrote no chains"
if [ ! -d "node_modules/$package" ]; then
	echo '{ "private": true }' >package.json
	timeout 120 npm install --ignore-scripts --no-audit --no-fund \
		--fetch-retries=0 "$package" >npm.log 2>&1 ||
		not_measured "npm cannot install it: $(grep -m 1 'npm error' npm.log)"
fi
timeout 200 node "$here/beside.mjs" chains.json
