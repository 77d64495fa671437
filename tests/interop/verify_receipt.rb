#!/usr/bin/ruby
# Verifies a challenge with a stock COSE library (ruby-cose) and ten lines of
# RFC 9162; or a result in CBOR.
#
#     verify_receipt.rb KEYS CHALLENGE PINNED
#     verify_receipt.rb KEYS RESULT PINNED result
#
# KEYS is what GET /v1/keys answers to "Accept: application/cose-key-set",
# CHALLENGE a file of CBOR, PINNED the JWK Set that a relying party has from an
# officer.  Prints the nonce (of a result its leaf) and leaves with 0 when a key of both, ES256 or ES384,
# signed the challenge.
require "cose"
require "digest"
require "json"

def root_of(leaf, index, size, path) # RFC 9162 section 2.1.3.2
  fn, sn, r = index, size - 1, leaf
  path.each do |p|
    abort "path too long" if sn.zero?
    right = fn.odd? || fn == sn
    r = Digest::SHA256.digest(right ? "\x01".b + p + r : "\x01".b + r + p)
    fn, sn = fn >> 1, sn >> 1 while right && fn.even? && fn.positive?
    fn, sn = fn >> 1, sn >> 1
  end
  abort "no such tree" unless sn.zero? && index < size
  r
end

# The library's own way from a COSE_Key to an OpenSSL key does not work with
# OpenSSL 3 ("pkeys are immutable"), so the key is read from its DER form.
def key_of(map)
  curve = { 1 => "prime256v1", 2 => "secp384r1" }.fetch(map[-1])
  asn1 = OpenSSL::ASN1
  oids = %W[id-ecPublicKey #{curve}].map { |name| asn1::ObjectId(name) }
  point = asn1::BitString("\x04".b + map[-2] + map[-3])
  key = OpenSSL::PKey.read(asn1::Sequence([asn1::Sequence(oids), point]).to_der)
  key.define_singleton_method(:kid) { map[2] }
  key
end

# What the service says of its keys is only compared.
def pinned?(map, file)
  coordinate = ->(text) { text.tr("-_", "+/").unpack1("m") }
  JSON.parse(File.read(file))["keys"].any? do |k|
    k["kid"] == map[2] && k["kty"] == "EC" &&
      coordinate.(k["x"]) == map[-2] && coordinate.(k["y"]) == map[-3]
  end
end

claims, receipt = CBOR.decode(File.binread(ARGV[1]))
protected_head, unprotected, payload, signature = receipt.value
abort "not a detached COSE_Sign1" unless receipt.tag == 18 && payload.nil?
abort "not RFC9162_SHA256" unless CBOR.decode(protected_head)[395] == 1
kind = "application/x-anchord-#{ARGV[3] || "challenge"}+cose"
abort "of another kind" unless CBOR.decode(protected_head)[16] == kind

leaf = Digest::SHA256.digest("\x00".b + claims)
size, index, path = CBOR.decode(unprotected[396][-1][0])
root = root_of(leaf, index, size, path)

# The payload is detached: the library gets the root put in its place.
whole = CBOR::Tagged.new(18, [protected_head, unprotected, root, signature])
sign1 = COSE::Sign1.deserialize(CBOR.encode(whole))
map = CBOR.decode(File.binread(ARGV[0]))
          .find { |k| k[2] == sign1.headers.kid } || abort("no such key")
abort "not a pinned key" unless pinned?(map, ARGV[2])
abort "the signature is not good" unless sign1.verify(key_of(map))
puts leaf.unpack1("H*")
