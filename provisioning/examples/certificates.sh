#!/bin/bash
# certificates.sh - an authority for the clients of one service, and certificates
# by it, with openssl alone.  For a site that has no authority of its own; one
# that has needs the extensions below from it.
#
#	certificates.sh authority DIR          DIR/ca.pem, DIR/ca.key (10 years)
#	certificates.sh server DIR HOST...     DIR/server.pem, DIR/server.key
#	certificates.sh client DIR NAME SAN    DIR/NAME.pem, DIR/NAME.key
#
# HOST is a DNS name or an IP address by which clients call the service.  SAN is
# what clients[].san says, such as URI:spiffe://example/backend-a: rights follow
# it, not the key.  Server and client certificates live 398 days.  Nothing that
# is there is overwritten.
set -euo pipefail
umask 077

die()
{
	echo "certificates.sh: $*" >&2
	exit 1
}

usage()
{
	sed -n '/^#\t/s/^#\t/usage: /p' "$0" >&2
	exit 2
}

# new_key NAME: a P-256 key that nobody else reads.
new_key()
{
	[ ! -e "$1.key" ] && [ ! -e "$1.pem" ] || die "$1.key or $1.pem is there"
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# issue NAME SUBJECT SANS USAGE: a certificate for NAME.key, by the authority.
issue()
{
	openssl req -new -key "$1.key" -subj "/CN=$2" |
		openssl x509 -req -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
			-days 398 -out "$1.pem" -extfile <(
				echo "basicConstraints = critical, CA:FALSE"
				echo "keyUsage = critical, digitalSignature"
				echo "extendedKeyUsage = $4"
				echo "subjectAltName = $3"
				echo "authorityKeyIdentifier = keyid"
			) 2>/dev/null || { rm -f "$1.key" "$1.pem"; die "no certificate for $2"; }
	chmod 0644 "$1.pem"
}

# plain TEXT...: neither a line's end, which would add an extension, nor a comma,
# which would add a name.
plain()
{
	local text
	for text in "$@"; do
		case $text in
		'' | *[[:cntrl:]]* | *,*) die "not one plain name: $text" ;;
		esac
	done
}

[ $# -ge 2 ] || usage
verb=$1 dir=$2
shift 2
case $verb-$# in
authority-0)
	mkdir -p "$dir"
	chmod 0700 "$dir" # the authority's key is there
	new_key "$dir/ca"
	openssl req -x509 -key "$dir/ca.key" -out "$dir/ca.pem" -days 3650 \
		-subj "/CN=anchord clients" \
		-addext "keyUsage = critical, keyCertSign, cRLSign"
	chmod 0644 "$dir/ca.pem"
	;;
server-0) usage ;;
server-*)
	plain "$@"
	sans=
	for host in "$@"; do
		case $host in
		*:*) kind=IP ;;
		*[!0-9.]*) kind=DNS ;;
		*) kind=IP ;;
		esac
		sans+=${sans:+,}$kind:$host
	done
	new_key "$dir/server"
	issue "$dir/server" "$1" "$sans" serverAuth
	;;
client-2)
	plain "$@"
	case $1 in */* | .*) die "not the name of a file: $1" ;; esac
	new_key "$dir/$1"
	issue "$dir/$1" "$1" "$2" clientAuth
	;;
*) usage ;;
esac
