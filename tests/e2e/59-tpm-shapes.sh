#!/bin/bash
# Goal: the shapes of keys, certificates and files that the field has, made here
# by a software TPM and a CA of our own: only an attestation key's certificate
# vouches, what it vouches for is the key, and nothing is passed over unsaid.
# An endorsement key that signs forges a quote; key and certificate are what
# swtpm_setup --allow-signing makes, which is not asked for here.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${ANCHORD_BUILD:-build}
[[ $build == /* ]] || build=$PWD/$build
ctl=$build/bin/anchorctl
work=$(mktemp -d)
trap 'kill "$(cat "$work/pid")" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
nonce=a1a2a3a4a5a6a7a8
passed=0 failed=0

tell() # WHAT EXPECTED GOT
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '  FAIL  %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
		sed 's/^/  | /' err
	fi
}

# judge WHAT STATUS "VERDICT REASON... [ATTRIBUTES,HARDWARE]" ARGUMENTS...
judge()
{
	local what=$1 status=$2 expected=$3
	shift 3
	"$ctl" appraise --format tpm2-quote --json --nonce $nonce "$@" \
		>out 2>err
	local rc=$?
	tell "$what" "$status $expected" "$rc $(jq -r '[.verdict, .reasons[],
		(if .verdict == "accepted" then "\(.claims.ak_attributes),\(.vector.hardware // 0)"
		else empty end)] | join(" ")' out 2>/dev/null)"
}

# said WORDS: of the last answer's standard error, and its JSON.
said()
{
	grep -qF "$1" err
	tell "'$1' is said" 0 $?
}

# --- a TPM, two attestation keys, an endorsement key that signs -----------------

# tpm TOOL ARGUMENTS...: without a resource manager there is room for little
tpm()
{
	local tool=$1
	shift
	"tpm2_$tool" -Q "$@" && tpm2_flushcontext -t
}

ak='fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign'
{
	swtpm socket --tpm2 --tpmstate "dir=$work" --daemon --pid "file=pid" \
		--server "type=unixio,path=$work/tpm" \
		--ctrl "type=unixio,path=$work/tpm.ctrl" --flags startup-clear &&
		export TPM2TOOLS_TCTI="swtpm:path=$work/tpm" &&
		tpm createprimary -C o -c ec.ctx -G ecc256:ecdsa-sha256:null -a "$ak" &&
		tpm readpublic -c ec.ctx -f tss -o ec.pub &&
		tpm readpublic -c ec.ctx -f pem -o ec.pem &&
		tpm quote -c ec.ctx -l sha256:0,7 -q $nonce -m q.msg -s q.sig \
			-o q.pcrs &&
		tpm pcrread -o q.values sha256:0,7 &&
		tpm createprimary -C o -c rsa.ctx -G rsa2048:rsassa-sha256:null \
			-a "$ak" &&
		tpm readpublic -c rsa.ctx -f pem -o rsa.pem &&
		tpm quote -c rsa.ctx -l sha256:0,7 -q $nonce -m r.msg -s r.sig &&
		tpm createprimary -C e -c ek.ctx -G ecc256:ecdsa-sha256:null \
			-a "${ak/|restricted/}" &&
		tpm readpublic -c ek.ctx -f tss -o ek.pub &&
		tpm readpublic -c ek.ctx -f pem -o ek.pem
} >log 2>&1 || {
	sed 's/^/  | /' log
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
quote="q.msg q.sig q.pcrs"

# What TPM2_Quote would have said of PCRs that nobody measured: the attestation
# by hand, other values in it.  TPM2_Sign signs no data that begins with the
# magic for a restricted key; this one is not.
forge() # KEY
{
	printf 'ff%062d%064d' 0 0 | xxd -r -p >bad.values
	printf '{"sha256":{"0":"ff%062d","7":"%064d"}}' 0 0 >bad.json
	local digest at=$(($(stat -c %s q.msg) - 32))
	digest=$(sha256sum <bad.values | cut -c1-64)
	{ head -c $at q.msg && xxd -r -p <<<"$digest"; } >bad.msg
	tpm sign -c "$1" -g sha256 -s ecdsa -o bad.sig bad.msg
}
forge ek.ctx >>log 2>&1
# The area of an attestation key around the endorsement key's numbers.
{ head -c $(($(stat -c %s ec.pub) - 68)) ec.pub && tail -c 68 ek.pub; } >lie.pub

# --- a CA -------------------------------------------------------------------------

exec 3>>log
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
	-keyout root.key -out root.pem -subj /CN=Root 2>&3
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout mid.key -out any.csr -subj /CN=Any 2>&3

serial=100

# certify NAME SUBJECT PUBLIC-KEY ISSUER EXTENSION...
certify()
{
	local name=$1 subject=$2 key=$3 issuer=$4
	shift 4
	printf '%s\n' "$@" >ext
	openssl x509 -req -in any.csr -force_pubkey "$key" -subj "$subject" \
		-CA "$issuer.pem" -CAkey "$issuer.key" -days 3000 -sha256 \
		-set_serial "$((++serial))" -extfile ext -out "$name.pem" 2>&3
}

ca="basicConstraints=critical,CA:TRUE"
leaf="basicConstraints=critical,CA:FALSE"
signs="keyUsage=critical,digitalSignature"
aik="extendedKeyUsage=2.23.133.8.3"
iak="certificatePolicies=2.23.133.11.1.3"
google="1.3.6.1.4.1.11129.2.1.21=ASN1:SEQUENCE:g
[g]
a=INTEGER:1"
openssl pkey -in mid.key -pubout -out mid.pub
certify mid /CN=Mid mid.pub root "$ca" "keyUsage=critical,keyCertSign"
certify mid-policy /CN=Mid mid.pub root "$ca" "keyUsage=critical,keyCertSign" \
	"certificatePolicies=1.2.3.4"
cp mid.key mid-policy.key

# --- whose certificate vouches, and for what ----------------------------------------

# vouched WHAT STATUS EXPECTED ISSUER EXTENSION...: beside the area, below the root
vouched()
{
	local what=$1 status=$2 expected=$3 issuer=$4
	shift 4
	certify c /CN=AK ec.pem "$issuer" "$@"
	cat c.pem "$issuer.pem" >chain.pem
	judge "$what" "$status" "$expected" --evidence $quote ec.pub chain.pem \
		--trust root.pem
}
malformed="rejected chain-malformed"
untrusted="rejected chain-untrusted"
vouched "an AIK certificate" 0 "accepted stated,0" root "$leaf" "$signs" "$aik"
vouched "the same below an intermediate" 0 "accepted stated,0" mid "$leaf" \
	"$signs" "$aik"
vouched "without a key usage" 0 "accepted stated,0" mid "$leaf" "$aik"
vouched "one more purpose, as Azure has it" 0 "accepted stated,0" root "$leaf" \
	"$signs" "extendedKeyUsage=1.3.6.1.4.1.311.10.3.12,2.23.133.8.3"
vouched "a device identity's" 0 "accepted checked,2" root "$leaf" "$signs" "$iak"
vouched "a device identity's, below a CA of other policies" 1 "$malformed" \
	mid-policy "$leaf" "$signs" "$iak"
vouched "an AIK of such a CA" 0 "accepted stated,0" mid-policy "$leaf" \
	"$signs" "$aik" "$iak"
vouched "an endorsement key's" 1 "$malformed" root "$leaf" "$signs" \
	"extendedKeyUsage=2.23.133.8.1"
vouched "an endorsement key's that says AIK, too" 1 "$malformed" root "$leaf" \
	"$signs" "extendedKeyUsage=2.23.133.8.1,2.23.133.8.3"
vouched "an endorsement key's with a policy" 1 "$malformed" root "$leaf" \
	"$signs" "extendedKeyUsage=2.23.133.8.1" "$iak"
vouched "a platform's" 1 "$malformed" root "$leaf" "$signs" \
	"extendedKeyUsage=2.23.133.8.2"
vouched "a server's" 1 "$malformed" root "$leaf" "$signs" \
	"extendedKeyUsage=serverAuth,clientAuth"
vouched "any purpose at all" 1 "$malformed" root "$leaf" "$signs" \
	"extendedKeyUsage=anyExtendedKeyUsage"
vouched "a purpose that nobody can read" 1 "$malformed" root "$leaf" "$signs" \
	"2.5.29.37=DER:0500" "$iak"
vouched "no purpose" 1 "$malformed" root "$leaf" "$signs"
vouched "no extension at all" 1 "$malformed" root "subjectKeyIdentifier=hash"
vouched "another TCG policy" 1 "$malformed" root "$leaf" "$signs" \
	"certificatePolicies=2.23.133.11.1.1"
vouched "any policy" 1 "$malformed" root "$leaf" "$signs" \
	"certificatePolicies=2.5.29.32.0"
vouched "an authority's" 1 "$malformed" root "$ca" "$signs" "$aik"
vouched "an authority's that may issue" 1 "$malformed" root "$ca" \
	"keyUsage=critical,digitalSignature,keyCertSign" "$aik"
vouched "a key that may not sign" 1 "$malformed" root "$leaf" \
	"keyUsage=critical,keyEncipherment" "$aik"
vouched "an extension that nobody knows, critical" 1 "$untrusted" root "$leaf" \
	"$signs" "$aik" "1.2.3.4=critical,ASN1:NULL"
vouched "Google's profile, another's root" 1 "$untrusted" root "$leaf" "$signs" \
	"$google"
vouched "Google's older profile, another's root" 1 "$untrusted" root "$leaf" \
	"$signs" "extendedKeyUsage=2.23.133.8.1" "$google"
judge "Google's profile, named" 1 "$untrusted" --evidence $quote ec.pub \
	--trust c.pem
judge "Google's profile, named with its issuer" 1 "$untrusted" \
	--evidence $quote ec.pub --trust c.pem root.pem
vouched "Google's extension in an AIK's" 1 "$untrusted" root "$leaf" "$signs" \
	"$google"

certify aik /CN=AK ec.pem mid "$leaf" "$signs" "$aik"
certify other /CN=AK rsa.pem root "$leaf" "$signs" "$aik"
judge "the certificate alone" 0 "accepted unknown,0" --trust root.pem \
	--evidence $quote aik.pem mid.pem
judge "beside a bare key" 0 "accepted unknown,0" --trust root.pem \
	--evidence $quote ec.pem aik.pem mid.pem
judge "named, without a key in the evidence" 0 "accepted unknown,0" \
	--evidence $quote --trust aik.pem
judge "an intermediate, named" 0 "accepted stated,0" --trust mid.pem \
	--evidence $quote ec.pub aik.pem
judge "without its intermediate" 1 "$untrusted" --trust root.pem \
	--evidence $quote ec.pub aik.pem
judge "of another key" 1 "$untrusted" --trust root.pem \
	--evidence $quote ec.pub other.pem
judge "that has ended" 1 "rejected chain-expired" --trust root.pem \
	--evidence $quote ec.pub aik.pem mid.pem --at 2100-01-01T00:00:00Z

# --- an endorsement key that signs ---------------------------------------------------

certify ekcert /CN=unknown ek.pem root "$leaf" "$signs" \
	"extendedKeyUsage=2.23.133.8.1" \
	"subjectAltName=critical,dirName:tpm" "[tpm]" "CN=id:00001014"
forged()
{
	local what=$1 expected=$2
	shift 2
	judge "a forged quote, $what" 1 "$expected" --evidence bad.msg bad.sig \
		bad.json "$@"
}
forged "the certificate alone" "$malformed" ekcert.pem --trust root.pem
forged "its key beside" "$malformed" ek.pem ekcert.pem --trust root.pem
forged "its area beside" "rejected key-origin" ek.pub ekcert.pem --trust root.pem
forged "an invented area" "$malformed" lie.pub ekcert.pem --trust root.pem
forged "its certificate named" "$malformed" lie.pub --trust ekcert.pem
forged "an AIK certificate of such a key" "rejected key-origin" ek.pub \
	--trust root.pem

# --- what a file is ---------------------------------------------------------------------

openssl x509 -in aik.pem -outform der -out aik.der
size=$(stat -c %s aik.der)
pad() { head -c "$1" /dev/zero | tr '\0' "$2"; }
{ cat aik.der && pad $((1600 - size)) '\377'; } >ff.der
{ cat aik.der && pad 300 '\0'; } >00.der
{ cat aik.der && pad 3 '\0' && pad 3 '\377'; } >mixed.der
{ cat aik.der && printf x; } >more.der
head -c $((size - 1)) aik.der >cut.der
header() { printf "1001${1}%04x$2" "$3" | xxd -r -p; }
{ header 00 "" "$size" && cat aik.der; } >nv.der
{ header 00 1002 $((size + 2)) && cat aik.der; } >nv-full.der
{ header 00 1002 $((size + 2)) && cat aik.der && pad 200 '\377'; } >nv-padded.der
{ header 01 "" "$size" && cat aik.der; } >nv-partial.der
file_kind() { judge "$1" $2 "$3" --evidence $quote ec.pub "$4" mid.pem --trust root.pem; }
for f in ff.der 00.der nv.der nv-full.der nv-padded.der aik.der; do
	file_kind "a certificate as $f" 0 "accepted stated,0" $f
done
for f in mixed.der more.der cut.der nv-partial.der; do
	file_kind "a certificate as $f" 1 "rejected evidence-malformed" $f
done
: >empty
file_kind "an empty file" 1 "rejected evidence-malformed" empty
said "an empty file"
file_kind "plain PCR values" 1 "rejected evidence-malformed" q.values
said "plain PCR values"
head -c 64 /dev/zero >zeros
openssl dgst -sha256 -sign root.key -out plain.sig empty
judge "a plain ECDSA signature is no key" 1 "rejected evidence-malformed" \
	--evidence q.msg q.sig plain.sig --trust ec.pem
said "a plain signature"
file_kind "values that begin with zeros" 1 "rejected evidence-malformed" zeros
openssl ecparam -name prime256v1 -out parameters.pem
file_kind "parameters" 1 "rejected evidence-malformed" parameters.pem
cat aik.pem root.key >with-key.pem
file_kind "a private key behind it" 1 "rejected evidence-malformed" with-key.pem
said "a private key"
sed 's/^/  /' aik.pem >indented.pem
file_kind "an indented block" 1 "rejected evidence-malformed" indented.pem
{ cat aik.pem && sed 's/^/  /' mid.pem; } >half.pem
file_kind "an indented block behind a good one" 1 "rejected evidence-malformed" \
	half.pem
sed '$d' aik.pem >unended.pem
file_kind "a block without an end" 1 "rejected evidence-malformed" unended.pem

# PEM as it is found: a mark, text, comments, blank lines, CRLF, OpenSSL's own form.
{ printf '\357\273\277# it is\n\nsubject=CN = AK\n' && sed '2a\\' aik.pem &&
	printf '\n-- \nsent by mail\n'; } | sed 's/$/\r/' >text.pem
openssl x509 -in aik.pem -trustout -addtrust serverAuth -out trusted.pem
sed 's/ CERTIFICATE/ X509 CERTIFICATE/' aik.pem >old.pem
for f in text.pem trusted.pem old.pem; do
	file_kind "a certificate as $f" 0 "accepted stated,0" $f
done
openssl x509 -in root.pem -trustout -addreject serverAuth -out root-trusted.pem
judge "a root as OpenSSL's own form" 0 "accepted stated,0" --evidence $quote \
	ec.pub aik.pem mid.pem --trust root-trusted.pem

# Keys: PKCS#1 as PEM and DER, DER, CRLF; never a curve that is spelt out.
openssl rsa -pubin -in rsa.pem -RSAPublicKey_out -out pkcs1.pem 2>&3
openssl rsa -pubin -in rsa.pem -RSAPublicKey_out -outform der -out pkcs1.der 2>&3
openssl pkey -pubin -in rsa.pem -outform der -out rsa.der
sed 's/$/\r/' rsa.pem >crlf.pem
for f in pkcs1.pem pkcs1.der rsa.der crlf.pem; do
	judge "a key as $f, named" 0 "accepted unknown,0" --evidence r.msg r.sig \
		--trust $f
	judge "a key as $f, in the evidence" 0 "accepted unknown,0" \
		--evidence r.msg r.sig $f --trust rsa.pem
done
openssl ec -pubin -in ec.pem -param_enc explicit -out explicit.pem 2>&3
openssl ec -pubin -in ec.pem -param_enc explicit -outform der -out explicit.der 2>&3
judge "a curve spelt out, named" 3 "" --evidence $quote --trust explicit.pem
for f in explicit.pem explicit.der; do
	judge "a curve spelt out as $f" 1 "rejected key-origin" \
		--evidence $quote $f --trust ec.pem
done

# --- a directory's files ------------------------------------------------------------------

mkdir store store/sub
cp root.pem mid.pem store
echo "roots of ours" >store/README
cp root.key store/root.key
cp with-key.pem store/zz-with-key.pem
cp aik.pem store/.hidden
ln -s nowhere store/dangling
cp explicit.pem store/explicit.pem
judge "a store with other files in it" 0 "accepted stated,0" --evidence $quote \
	ec.pub aik.pem --trust store
for f in README root.key zz-with-key.pem .hidden dangling sub explicit.pem; do
	said "store/$f: ignored"
done
tell "the same in --json" 7 "$(jq '.skipped | length' out)"
openssl crl2pkcs7 -nocrl -certfile root.pem -out root.p7b
judge "a PKCS#7 bundle, named" 3 "" --evidence $quote ec.pub --trust root.p7b
said "a PKCS#7 bundle"
judge "half of a file is no trust" 3 "" --evidence $quote ec.pub \
	--trust with-key.pem
mkdir only && cp with-key.pem only
judge "nor in a directory" 1 "$untrusted" --evidence $quote ec.pub --trust only

exec 3>&-
printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
