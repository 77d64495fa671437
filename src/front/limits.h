/*
 * limits.h - all limits of the front that are not settings.
 *
 * The limits that an operator can change (connections, sizes of bodies, array
 * length, deadline) are settings in config.def.  docs/api.md repeats for
 * clients those that a client can notice.
 */
#ifndef FRONT_LIMITS_H
#define FRONT_LIMITS_H

/* Times in milliseconds, enforced by a sweep every LIMIT_SWEEP_MS. */
#define LIMIT_SWEEP_MS 250
#define LIMIT_REFUSALS 256      /* 429 answers to a client between sweeps */
#define LIMIT_RELEASES 4        /* held connections of a client per sweep */
#define LIMIT_HANDSHAKE_MS 5000 /* accept to the end of the handshake */
#define LIMIT_HEADER_MS 5000    /* a request's first byte to its last header */
#define LIMIT_BODY_MS 10000     /* last header to the last byte of the body */
#define LIMIT_IDLE_MS 30000     /* between two requests */
/* While output waits, the client must read LIMIT_TAKE_BYTES, or all that is
 * left, in each period of LIMIT_TAKE_MS. */
#define LIMIT_TAKE_MS 10000
#define LIMIT_TAKE_BYTES 65536
#define LIMIT_FAREWELL_MS 10000 /* maximum age until the forced end */
#define LIMIT_NOTICE_MS 1000    /* first part of that: still accepts requests */
#define LIMIT_RENEW_MS 1000     /* between two attempts to load new TLS files */
#define LIMIT_RENEWALS 30       /* attempts after a file was replaced */
#define LIMIT_LINGER_MS 1000    /* input is dropped before the close */

/* TLS. */
#define LIMIT_CHAIN_DEPTH 8 /* intermediate CAs in a client's chain */
#define LIMIT_CHAIN (LIMIT_CHAIN_DEPTH + 2) /* plus leaf and trusted CA */
#define LIMIT_CHAIN_BYTES (64 * 1024) /* of the client's Certificate message */
#define LIMIT_SANS 16                 /* names read from one certificate */
#define LIMIT_PEM_BYTES (256 * 1024)  /* certificate, key or CA file */

/* TLS records that cost work but bring no request data.  An honest client sends
 * few: it needs a KeyUpdate only after about 2^24.5 full records (RFC 8446
 * section 5.5), and a chain of LIMIT_CHAIN_BYTES fills five records. */
#define LIMIT_HANDSHAKE_RECORDS 64 /* during the handshake */
#define LIMIT_TLS_MESSAGES 32      /* KeyUpdates and alerts of one connection */

/* Small input of one connection: TLS records below LIMIT_SMALL_BYTES, and
 * HTTP/2 frames that carry no part of a request.  The connection ends when
 * their number exceeds LIMIT_SMALL; each answered request reduces it by
 * LIMIT_SMALL_REQUEST. */
#define LIMIT_SMALL 4096
#define LIMIT_SMALL_BYTES 64 /* of a record or of a DATA frame */
#define LIMIT_SMALL_REQUEST 32

/* Bytes of a request's head by HTTP/1.1; the sums hold for HTTP/2, too. */
#define LIMIT_REQUEST_LINE 2048
#define LIMIT_HEADERS (16 * 1024) /* all fields of one request */
#define LIMIT_FIELDS 32           /* number of fields */
#define LIMIT_HOST 264            /* a name of 255 bytes, a colon, a port */
#define LIMIT_PATH 160            /* no endpoint has a longer path */
#define LIMIT_QUERY 544           /* all parameters of a listing fit */

/* HTTP/2.  nghttp2 itself limits floods of SETTINGS, PING and CONTINUATION. */
#define LIMIT_STREAMS 256
#define LIMIT_RESETS \
	256 /* streams that the client reset on one connection,
                          * less its requests that succeeded */
#define LIMIT_CONNECTION_WINDOW (2 * 1024 * 1024) /* bytes of open bodies */

#define LIMIT_SETTINGS_MS 5000 /* until the client acknowledges SETTINGS */

/* Frames, some hundred bytes each, that wait to be sent on one connection after
 * its input was processed: an answer, a reset and an acknowledgement for each
 * of LIMIT_STREAMS. */
#define LIMIT_QUEUE 768

/* Bytes of output that wait for one connection.  Below this, nghttp2 is asked
 * for more output; above it, no input is read. */
#define LIMIT_OUTPUT (64 * 1024)
#define LIMIT_RECORD (16 * 1024)          /* one write, one TLS record */
#define LIMIT_RESPONSE (16 * 1024 * 1024) /* one body: 4096 challenges fit */

/* Bytes of all versions of the trust bundle in one answer: 200 of 20 KiB. */
#define LIMIT_TRUST_BUNDLE (4 * 1024 * 1024)

/* A client's share of one iteration of the loop, see share.h. */
#define LIMIT_TURN_BYTES (64 * 1024)
#define LIMIT_TURN_UNDER_WAY 512 /* open questions: above, answers go first */

#define LIMIT_ACCEPTS 32 /* connections accepted in one iteration */

/* Open questions to other processes, of all clients (a power of two, see
 * pending.c) and of one client.  The latter equals the challenges that the key
 * holder queues for one tenant (FAIR_QUEUE_TENANT_MAX) and fits into the queue
 * of an edge. */
#define LIMIT_PENDING 131072
#define LIMIT_CLIENT_PENDING 49152

/* Pages of outcomes, enrolments, permits or known devices under way for one client.
 * One costs the ledger what some hundred decisions do, and a reader needs no second
 * before it has the first. */
#define LIMIT_CLIENT_READINGS 1

/* Evidence of one tenant, or of a client that acts for none, that is under way
 * behind one front, that is, in a verifier, the ledger or the key holder: while
 * several tenants hand in evidence, which they do for LIMIT_CROWD_MS after another
 * one did; and otherwise.  What others wait for is so bounded, a few milliseconds of
 * a verifier; one tenant alone needs more, for the groups that the ledger commits
 * together. */
#define LIMIT_CROWD_JUDGED 32
#define LIMIT_ALONE_JUDGED 1024
#define LIMIT_CROWD_MS 1000

/* Evidence that a verifier judged by another trust bundle than the ledger's is
 * sent once more after LIMIT_JUDGE_AGAIN_MS, with the next sweep: all processes
 * have a new chain by then.  At most LIMIT_PUT_OFF wait for that at a time: all of
 * eight seconds at a thousand requests a second. */
#define LIMIT_JUDGE_AGAIN_MS 250
#define LIMIT_PUT_OFF 8192

/* Rate (requests a second) and burst of the quota that all valid certificates
 * without a configured client share.  Each such request is refused. */
#define LIMIT_STRANGERS 20

/* Bytes of memory occupied by clients: bodies being received, answers being
 * sent, streams.  The limits allow a client the answers to LIMIT_CLIENT_PENDING
 * challenges, some 600 bytes each, all at once and on one connection. */
#define LIMIT_KEPT_CONNECTION ((size_t)32 << 20)
#define LIMIT_KEPT_CLIENT ((size_t)48 << 20)
#define LIMIT_KEPT ((size_t)96 << 20) /* one front process, all clients */
#define LIMIT_INPUT (32 * 1024)       /* of one connection: a whole head fits */

/* Estimated bytes of each of these, beside its buffers. */
#define LIMIT_STREAM_COST 1024
#define LIMIT_CONNECTION_COST (16 * 1024)
#define LIMIT_QUESTION_COST 512

/* The memory of one burst is kept for the next.  It is returned to the system
 * after LIMIT_EBB_MS in which less than half of it was needed, and at least
 * LIMIT_EBB_LEAST bytes less (flow_ebb()). */
#define LIMIT_EBB_MS 2000
#define LIMIT_EBB_LEAST ((size_t)16 << 20)
#define LIMIT_MMAP (4 << 20) /* larger allocations are returned at once */

#include "front/limits_orders.h" /* of requests that change devices */

#define LIMIT_DETAIL 256     /* bytes of a problem's detail */
#define LIMIT_STATEMENT 4096 /* bytes of an enrolment's statement */

#endif
