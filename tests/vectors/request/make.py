#!/usr/bin/python3
"""Makes vectors.json: requests, the text of each, and its SHA-256.

    tests/vectors/request/make.py >tests/vectors/request/vectors.json

By the standard library alone, and by other means than anchorctl: urllib takes the
target apart.  docs/bindings.md describes the text.
"""
import base64, hashlib, json, sys
from urllib.parse import urlsplit

LONG = "a" * 7000

# name, method, target, content
GOOD = [
    ("the example of docs/bindings.md", "POST",
     "https://updates.example.com/v1/metadata?slot=b", b'{"hello": "world"}'),
    ("no content", "GET", "https://updates.example.com/firmware/4.2.0", b""),
    ("one byte of content", "PUT", "https://updates.example.com/a", b"\0"),
    ("an LF at the end of the content", "POST",
     "https://updates.example.com/v1/metadata?slot=b", b'{"hello": "world"}\n'),
    ("content that looks like a line", "POST", "https://a.example/x",
     b'\n"@method": GET'),
    ("a method in lower case is another one", "post",
     "https://updates.example.com/v1/metadata?slot=b", b'{"hello": "world"}'),
    ("a method of odd characters", "M-SEARCH", "http://a.example/", b""),
    ("scheme and host in upper case", "GET",
     "HTTPS://Updates.Example.COM/Firmware/4.2.0", b""),
    ("the default port of https", "GET", "https://a.example:443/x", b""),
    ("the default port of http", "GET", "http://a.example:80/x", b""),
    ("https at the port of http", "GET", "https://a.example:80/x", b""),
    ("http at the port of https", "GET", "http://a.example:443/x", b""),
    ("another port", "GET", "https://a.example:8443/x", b""),
    ("an empty port", "GET", "https://a.example:/x", b""),
    ("the highest port", "GET", "https://a.example:65535/x", b""),
    ("no path", "GET", "https://a.example", b""),
    ("no path, and a query", "GET", "https://a.example?b=c", b""),
    ("no path, a port and a query", "GET", "https://a.example:443?b=c", b""),
    ("an empty query", "GET", "https://a.example/x?", b""),
    ("a query with marks of its own", "GET",
     "https://a.example/x?y=/?&z=a:b@c", b""),
    ("percent-encoding stays", "GET",
     "https://a.example/%7euser/%2F%2f/%41?q=%20+", b""),
    ("dots and slashes stay", "GET", "https://a.example/a/./b/../c//d/", b""),
    ("order of the query stays", "GET", "https://a.example/x?b=1&a=2&b=1", b""),
    ("an address of IPv4", "GET", "http://192.0.2.1:8080/x", b""),
    ("an address of IPv6", "GET", "https://[2001:DB8::1]:443/x", b""),
    ("an address of IPv6 with another port", "GET",
     "https://[2001:db8::1]:8443/x", b""),
    ("an at sign in the path", "GET", "https://a.example/@b", b""),
    ("a long target", "GET", "https://a.example/" + LONG, b""),
    ("a long body", "POST", "https://a.example/x", b"x" * 5000),
]

# name, method, target: what has no text
BAD = [
    ("no method", "", "https://a.example/"),
    ("a method with a space", "GET ", "https://a.example/"),
    ("a method with a line", "GET\n", "https://a.example/"),
    ("a method that is too long", "A" * 33, "https://a.example/"),
    ("no target", "GET", ""),
    ("no scheme", "GET", "a.example/x"),
    ("a path alone", "GET", "/x"),
    ("another scheme", "GET", "ftp://a.example/x"),
    ("one slash", "GET", "https:/a.example/x"),
    ("no host", "GET", "https:///x"),
    ("no host, and a port", "GET", "https://:443/x"),
    ("user information", "GET", "https://a@b.example/x"),
    ("user information with a password", "GET", "https://a:b@c.example/x"),
    ("a fragment", "GET", "https://a.example/x#y"),
    ("an empty fragment", "GET", "https://a.example/x#"),
    ("a space", "GET", "https://a.example/a b"),
    ("a line", "GET", 'https://a.example/a\n"content-digest": x'),
    ("a letter that is not ASCII", "GET", "https://a.example/\u00e9"),
    ("a host that is not ASCII", "GET", "https://\u00e9.example/"),
    ("a byte of DEL", "GET", "https://a.example/\x7f"),
    ("a port of letters", "GET", "https://a.example:https/"),
    ("a port with a zero before it", "GET", "https://a.example:0443/"),
    ("port 0", "GET", "https://a.example:0/"),
    ("a port that is too great", "GET", "https://a.example:65536/"),
    ("a port of six digits", "GET", "https://a.example:100000/"),
    ("two ports", "GET", "https://a.example:1:2/"),
    ("an open bracket", "GET", "https://[2001:db8::1/x"),
    ("brackets with nothing in them", "GET", "https://[]/x"),
    ("a name in brackets", "GET", "https://[a.example.z]/x"),
    ("something behind a bracket", "GET", "https://[2001:db8::1]x/x"),
    ("a backslash in the host", "GET", "https://a.example\\b/x"),
    ("a target that is too long", "GET", "https://a.example/" + "a" * 8175),
]


def text_of(method, target, content):
    url = urlsplit(target)
    host = url.hostname  # in lower case, without brackets
    if ":" in host:
        host = f"[{host}]"
    if url.port not in (None, {"http": 80, "https": 443}[url.scheme]):
        host += f":{url.port}"
    path = url.path or "/"
    if "?" in target:
        path += "?" + url.query
    lines = [f'"@method": {method}',
             f'"@target-uri": {url.scheme}://{host}{path}']
    if content:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        lines.append(f'"content-digest": sha-256=:{digest}:')
    return "\n".join(lines)


def good(row):
    name, method, target, content = row
    text = text_of(method, target, content)
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return {"name": name, "method": method, "target": target,
            "content": base64.b64encode(content).decode(), "text": text,
            "digest": base64.urlsafe_b64encode(digest).decode().rstrip("=")}


def main():
    json.dump({"requests": [good(row) for row in GOOD],
               "refused": [dict(zip(("name", "method", "target"), row))
                           for row in BAD]}, sys.stdout, indent=1)
    print()


main()
