#!/bin/bash
# dist.sh - what is handed out of one commit: the source, the programs, a list of
# what is in them, and checksums.
#
#	provisioning/dist.sh OUT        (make dist)
#
# OUT gets anchord-VERSION.tar.gz, the source of the commit and nothing else;
# anchord-VERSION-ARCH.tar.gz, what `make install` of exactly that source puts
# below /usr; anchord-VERSION.spdx.json, an SBOM (SPDX 2.3) with the libraries
# that the programs are linked with, as this machine's packages have them; and
# SHA256SUMS.  The same commit on a machine with the same packages gives the same
# bytes, in whatever directory: times are the commit's, orders are fixed.
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

out=$(mkdir -p "${1:?where to}" && cd "$1" && pwd)
cd "$(dirname "$0")/.."

if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
	echo "dist: the work tree differs from its commit; commit first" >&2
	exit 1
fi
version=$(cat VERSION)
commit=$(git rev-parse HEAD)
stamp=$(git log -1 --format=%ct)
name=anchord-$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# pack DIRECTORY NAMES...: a tar of them that tells nothing of this machine.
pack()
{
	local directory=$1
	shift
	tar --create --sort=name --format=gnu --mtime="@$stamp" --owner=0 --group=0 \
		--numeric-owner --directory="$directory" "$@" | gzip -9 --no-name
}

git archive --format=tar --prefix="$name/" HEAD | gzip -9 --no-name >"$out/$name.tar.gz"

# From the tarball, so that what is handed out is known to build.
tar --extract --gzip --file="$out/$name.tar.gz" --directory="$work"
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD ANCHORD_BUILD DESTDIR
make --silent --directory="$work/$name" --jobs="$(nproc)" PREFIX=/usr DESTDIR="$work/tree" install >"$work/log" 2>&1 ||
	{ tail -n 20 "$work/log" >&2; exit 1; }
arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
pack "$work/tree" usr >"$out/$name-$arch.tar.gz"

# Which packages the linked libraries come from: name, version, licence unsaid.
libraries()
{
	local library package
	find "$work/tree/usr/bin" "$work/tree/usr/libexec" -type f -exec readelf --dynamic {} + |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort -u |
		while read -r library; do
			library=$(ldconfig -p | awk -v name="$library" '$1 == name && !n++ { print $NF }')
			package=$(dpkg-query --search "$(realpath "$library")" 2>/dev/null ||
				dpkg-query --search "$library")
			echo "${package%%:*}"
		done | sort -u |
		xargs dpkg-query --show --showformat '${Package} ${Version} ${Architecture}\n'
}

libraries | jq --raw-input --null-input --sort-keys \
	--arg name "$name" --arg version "$version" --arg commit "$commit" \
	--arg created "$(date --date="@$stamp" +%Y-%m-%dT%H:%M:%SZ)" \
	--arg source "$(sha256sum <"$out/$name.tar.gz" | cut -c1-64)" '
	def package($id; $name; $version; $more):
		{SPDXID: "SPDXRef-\($id)", name: $name, versionInfo: $version,
		 downloadLocation: "NOASSERTION", filesAnalyzed: false,
		 licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION",
		 copyrightText: "NOASSERTION"} + $more;
	[inputs | split(" ")] as $libraries |
	{spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
	 name: $name,
	 documentNamespace: "https://anchord.example/spdx/\($name)-\($commit)",
	 creationInfo: {created: $created, creators: ["Tool: anchord-dist-\($version)"]},
	 packages: [
		package("anchord"; "anchord"; $version;
			{licenseDeclared: "Apache-2.0", supplier: "Organization: anchord",
			 checksums: [{algorithm: "SHA256", checksumValue: $source}],
			 comment: "commit \($commit)"}),
		($libraries[] | package("deb-" + (.[0] | gsub("[^A-Za-z0-9.-]"; "-")); .[0]; .[1];
			{externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
				referenceLocator: "pkg:deb/debian/\(.[0] | @uri)@\(.[1] | @uri)?arch=\(.[2])"}]}))],
	 relationships: (
		[{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
		  relatedSpdxElement: "SPDXRef-anchord"}] +
		[$libraries[] | {spdxElementId: "SPDXRef-anchord", relationshipType: "DYNAMIC_LINK",
		  relatedSpdxElement: "SPDXRef-deb-\(.[0] | gsub("[^A-Za-z0-9.-]"; "-"))"}])}' \
	>"$out/$name.spdx.json"

cd "$out"
sha256sum "$name.tar.gz" "$name-$arch.tar.gz" "$name.spdx.json" >SHA256SUMS
cat SHA256SUMS
