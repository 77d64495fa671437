/*
 * words.h - names and words that the key holder and anchorctl share.
 */
#ifndef HSM_CORE_WORDS_H
#define HSM_CORE_WORDS_H

/* In the key holder's state directory: while it is there, no PIN is tried.
 * It holds one line for people; `anchorctl token unlatch` removes it, and leaves
 * the other: one login is allowed though the token counts a wrong PIN. */
#define HSM_LATCH_FILE "latch"
#define HSM_PERMIT_FILE "permit"

/* The handle key's check value is its HMAC over these words: it tells one key
 * from another, and nothing about either.  No handle is made of them. */
#define HSM_HANDLE_CHECK "anchord-handle-check-1"

#endif
