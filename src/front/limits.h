/*
 * limits.h - every ceiling of the front in one place.
 *
 * What an operator may change is in config.def (connections, bodies, array
 * length, deadline); what stands here is the same for everybody.  docs/api.md
 * repeats the table for clients.
 */
#ifndef FRONT_LIMITS_H
#define FRONT_LIMITS_H

/* Times, in milliseconds; looked at every LIMIT_SWEEP_MS. */
#define LIMIT_SWEEP_MS 250
#define LIMIT_REFUSALS 256      /* answers 429 of a client between two sweeps */
#define LIMIT_RELEASES 4        /* held connections of a client, in one sweep */
#define LIMIT_HANDSHAKE_MS 5000 /* from accept to the end of the handshake */
#define LIMIT_HEADER_MS 5000    /* first byte of a request to its last header */
#define LIMIT_BODY_MS 10000     /* last header to the last byte of the body */
#define LIMIT_IDLE_MS 30000     /* between requests */
#define LIMIT_TAKE_MS 10000     /* of an answer the client takes the rest, or */
#define LIMIT_TAKE_BYTES 65536  /* at least so much, in each such time */
#define LIMIT_FAREWELL_MS 10000 /* from its age until it is ended by force */
#define LIMIT_NOTICE_MS 1000 /* of it, in which HTTP/2 still takes requests */
#define LIMIT_RENEW_MS 1000  /* between two tries to take new TLS files */
#define LIMIT_RENEWALS 30    /* of these tries, after a file came */
#define LIMIT_LINGER_MS 1000 /* read and drop after a refusal, then close */

/* TLS. */
#define LIMIT_CHAIN_DEPTH 8 /* client certificates below the CA */
#define LIMIT_CHAIN (LIMIT_CHAIN_DEPTH + 2) /* with leaf and authority */
#define LIMIT_CHAIN_BYTES (64 * 1024) /* of the client's Certificate message */
#define LIMIT_SANS 16                 /* names read from one certificate */
#define LIMIT_PEM_BYTES (256 * 1024)  /* certificate, key or CA file */

/* Records that cost us work and bring no request.  A client rekeys after 2^24
 * records (RFC 8446, section 5.5), and 64 KiB of certificates fill five. */
#define LIMIT_HANDSHAKE_RECORDS 64 /* until the handshake is over */
#define LIMIT_TLS_MESSAGES 32 /* KeyUpdates, alerts, in a connection's life */

/* Small things: records of few bytes, HTTP/2 frames that carry none of a
 * request.  So many more than the requests answered account for, and the
 * connection ends. */
#define LIMIT_SMALL 4096
#define LIMIT_SMALL_BYTES 64   /* of a record or of a DATA frame */
#define LIMIT_SMALL_REQUEST 32 /* forgiven for each request answered */

/* HTTP/1.1, and the sums for HTTP/2. */
#define LIMIT_REQUEST_LINE 2048
#define LIMIT_HEADERS (16 * 1024) /* all fields of one request */
#define LIMIT_FIELDS 32
#define LIMIT_HOST 264 /* a name of 255 bytes, a colon, a port */
#define LIMIT_PATH 128 /* a longer one, within the line, is no path of ours */

/* HTTP/2.  Floods of SETTINGS, PING and CONTINUATION are nghttp2's. */
#define LIMIT_STREAMS 256
#define LIMIT_RESETS \
	256 /* streams that the client reset on one connection,
                          * less its requests that succeeded */
#define LIMIT_CONNECTION_WINDOW (2 * 1024 * 1024) /* body bytes unanswered */

#define LIMIT_SETTINGS_MS 5000 /* until our SETTINGS are acknowledged */

/* Frames that wait to go out on one connection when what came has been read, each
 * some hundred bytes: an answer and a reset for each of LIMIT_STREAMS, and as many
 * acknowledgements. */
#define LIMIT_QUEUE 768

/* Output waiting for one client: nghttp2 is asked for more below this, and
 * above it nothing is read. */
#define LIMIT_OUTPUT (64 * 1024)
#define LIMIT_RECORD (16 * 1024)          /* one write, one TLS record */
#define LIMIT_RESPONSE (16 * 1024 * 1024) /* one body: 4096 challenges fit */

/* What a client has of one turn of the loop: share.h. */
#define LIMIT_TURN_BYTES (64 * 1024)
#define LIMIT_TURN_UNDER_WAY 512 /* questions: more, and answers go first */

#define LIMIT_ACCEPTS 32 /* connections taken in one turn of the loop */

/* Questions to other processes under way: all (a power of two, see pending.c),
 * and of one client, which is as much as one tenant may have waiting in the key
 * holder, and below what an edge's queue holds. */
#define LIMIT_PENDING 131072
#define LIMIT_CLIENT_PENDING 49152

/* Requests a second, and at once, of all certificates together that are good
 * and name no client of the configuration; each is refused. */
#define LIMIT_STRANGERS 20

/* Bytes kept for clients: bodies and answers on their way, streams.  A client may
 * have the answers to LIMIT_CLIENT_PENDING challenges under way, at once and on
 * one connection, and some 600 bytes are an answer. */
#define LIMIT_KEPT_CONNECTION ((size_t)32 << 20)
#define LIMIT_KEPT_CLIENT ((size_t)48 << 20)
#define LIMIT_KEPT ((size_t)96 << 20) /* one front process, all clients */
#define LIMIT_INPUT (32 * 1024)       /* of one connection: a whole head fits */

/* About what these take besides. */
#define LIMIT_STREAM_COST 1024
#define LIMIT_CONNECTION_COST (16 * 1024)
#define LIMIT_QUESTION_COST 512

/* Memory that one burst needed is kept for the next. It goes back to the system
 * when for so long less than half of it, and so much less, was needed. */
#define LIMIT_EBB_MS 2000
#define LIMIT_EBB_LEAST ((size_t)16 << 20)
#define LIMIT_MMAP (4 << 20) /* larger pieces go back at once */

#define LIMIT_DETAIL 256     /* bytes of a problem's detail */
#define LIMIT_STATEMENT 4096 /* bytes of an enrolment's statement */

#endif
