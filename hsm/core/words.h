/*
 * words.h - names that the key holder and anchorctl share.
 */
#ifndef HSM_CORE_WORDS_H
#define HSM_CORE_WORDS_H

/* Files in the key holder's state directory.  While the latch exists, no PIN is
 * tried; it contains the cause as one line of text.  `anchorctl token unlatch`
 * removes it and creates the permit, which allows one login although the token
 * counts a wrong PIN. */
#define HSM_LATCH_FILE "latch"
#define HSM_PERMIT_FILE "permit"

/* The handle key's check value is its HMAC over these words.  It distinguishes
 * keys and reveals nothing about them.  No device handle is the HMAC of
 * them. */
#define HSM_HANDLE_CHECK "anchord-handle-check-1"

#endif
