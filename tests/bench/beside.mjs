// beside.mjs - another verifier of Android key attestations, on our chains.
//
// @simplewebauthn/server verifies the WebAuthn format "android-key".  Each of
// the chains that bench_android wrote becomes such an attestation: the same
// certificates, the challenge that is in them, a signature by the attested key.
//
//	node beside.mjs CHAINS.json        in the directory where npm put it
//
// A figure is printed only when every chain was found good, and every one with
// a changed bit was refused, in each of its certificates and in its signature.

import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FOR_MS = 3000;
const RP_ID = 'bench.example';
const ORIGIN = 'https://bench.example';

// From the directory where the package was installed, not from this one.
const require = createRequire(join(process.cwd(), 'package.json'));
const { verifyRegistrationResponse, SettingsService } =
	require('@simplewebauthn/server');

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const fromBase64 = (text) => Buffer.from(text, 'base64');

// --- the little CBOR that is needed ---------------------------------------

const head = (major, n) =>
	n < 24 ? Buffer.from([(major << 5) | n])
	: n < 256 ? Buffer.from([(major << 5) | 24, n])
	: Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
const int = (n) => (n >= 0 ? head(0, n) : head(1, -1 - n));
const bytes = (b) => Buffer.concat([head(2, b.length), b]);
const text = (s) => Buffer.concat([head(3, s.length), Buffer.from(s)]);
const array = (items) => Buffer.concat([head(4, items.length), ...items]);
const map = (rows) => Buffer.concat([head(5, rows.length), ...rows.flat()]);

// --- an attestation -----------------------------------------------------------

function coseKey(key) {
	const jwk = createPublicKey(key).export({ format: 'jwk' });
	const coordinate = (s) => bytes(Buffer.from(s, 'base64url'));

	return map([
		[int(1), int(2)], // EC2
		[int(3), int(-7)], // ES256
		[int(-1), int(1)], // P-256
		[int(-2), coordinate(jwk.x)],
		[int(-3), coordinate(jwk.y)],
	]);
}

function authenticatorData(key, id) {
	const flags = 0x45; // present, verified, a credential follows

	return Buffer.concat([
		sha256(RP_ID), Buffer.from([flags, 0, 0, 0, 0]),
		Buffer.alloc(16), // AAGUID
		Buffer.from([0, id.length]), id, coseKey(key),
	]);
}

// spoil: changes certificates or signature before they are packed.
function attestation(chain, clientData, spoil = () => {}) {
	const key = createPrivateKey(chain.key);
	const id = sha256(chain.x5c[0]).subarray(0, 16);
	const authData = authenticatorData(key, id);
	const parts = {
		x5c: chain.x5c.map(fromBase64),
		sig: sign('sha256',
			Buffer.concat([authData, sha256(clientData)]), key),
	};

	spoil(parts);
	const object = map([
		[text('fmt'), text('android-key')],
		[text('attStmt'), map([
			[text('alg'), int(-7)],
			[text('sig'), bytes(parts.sig)],
			[text('x5c'), array(parts.x5c.map(bytes))],
		])],
		[text('authData'), bytes(authData)],
	]);
	return {
		id: id.toString('base64url'),
		rawId: id.toString('base64url'),
		type: 'public-key',
		clientExtensionResults: {},
		response: {
			clientDataJSON:
				Buffer.from(clientData).toString('base64url'),
			attestationObject: object.toString('base64url'),
		},
	};
}

async function isGood(response, clientData) {
	try {
		const { verified } = await verifyRegistrationResponse({
			response,
			expectedChallenge: JSON.parse(clientData).challenge,
			expectedOrigin: ORIGIN,
			expectedRPID: RP_ID,
		});
		return verified;
	} catch (error) {
		isGood.why = error.cause?.message ?? error.message;
		return false;
	}
}

// --- is it judged at all? ----------------------------------------------------

// The last byte of a certificate is the end of its signature.
const flipped = (b) => {
	b[b.length - 1] ^= 1;
};

async function isJudged(chain, clientData) {
	const root = chain.x5c.length - 1;

	if (!await isGood(attestation(chain, clientData), clientData))
		return `a good chain was refused: ${isGood.why}`;
	for (let i = 0; i < root; i++)
		if (await isGood(attestation(chain, clientData,
			(p) => flipped(p.x5c[i])), clientData))
			return `a bit of certificate ${i} may change`;
	if (await isGood(attestation(chain, clientData, (p) => flipped(p.sig)),
		clientData))
		return 'a bit of the signature may change';
	return null;
}

// --- one fleet -------------------------------------------------------------------

async function measure(responses, clientData) {
	const wall = performance.now();
	const used = process.cpuUsage();
	let n = 0;

	while (performance.now() - wall < FOR_MS)
		if (!await isGood(responses[n++ % responses.length], clientData))
			throw new Error(isGood.why);
	const { user, system } = process.cpuUsage(used);
	// The better of both: one core, or one caller on this machine.
	return Math.max(n * 1e6 / (user + system),
		n * 1e3 / (performance.now() - wall));
}

async function row(fleet, clientData) {
	SettingsService.setRootCertificates({
		identifier: 'android-key',
		certificates: [...new Set(fleet.chains.map((c) => c.x5c.at(-1)))]
			.map(fromBase64),
	});
	for (const chain of fleet.chains) {
		const why = await isJudged(chain, clientData);
		if (why) {
			console.log(`  ${fleet.name}: not measured: ${why}`);
			return false;
		}
	}
	const responses = fleet.chains.map((c) => attestation(c, clientData));
	await measure(responses.slice(0, 8), clientData); // warm
	const theirs = await measure(responses, clientData);
	const ratio = (ours) => (ours / theirs).toFixed(1).padStart(6);
	console.log(`  ${fleet.name.padEnd(12)} ${theirs.toFixed(0).padStart(6)}/s`
		+ `   anchord cold ${String(fleet.cold).padStart(6)}/s${ratio(fleet.cold)} times`
		+ `   known ${String(fleet.known).padStart(6)}/s${ratio(fleet.known)} times`);
	return true;
}

const input = JSON.parse(readFileSync(process.argv[2]));
const { version } = JSON.parse(
	readFileSync('node_modules/@simplewebauthn/server/package.json'));
let fine = true;

console.log(`@simplewebauthn/server ${version}, node ${process.version},`
	+ ' the same certificates: chains a second');
for (const fleet of input.fleets)
	fine = await row(fleet, input.client_data) && fine;
process.exit(fine ? 0 : 1);
