/*
 * tpm_frame.h - reads and writes TPM commands and responses on a stream, for
 * proxies between a client and swtpm.
 */
#ifndef COMMON_DEVICES_TPM_FRAME_H
#define COMMON_DEVICES_TPM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TPM_FRAME_HEADER 10 /* bytes: tag, size, command or response code */
#define TPM_FRAME_CODE 6    /* offset of the code */
#define TPM_FRAME_MAX 4096
#define TPM_FRAME_EXTRA 8 /* bytes by which a test may lengthen a response */

struct tpm_frame {
	size_t len;
	uint8_t bytes[TPM_FRAME_MAX + TPM_FRAME_EXTRA];
};

uint32_t tpm_frame_u32(const struct tpm_frame *f, size_t at);
void tpm_frame_put_u32(struct tpm_frame *f, size_t at, uint32_t n);
/* Sets the frame's length, also in its header. */
void tpm_frame_resize(struct tpm_frame *f, size_t len);
/* Makes the frame a response without sessions: a header with this code. */
void tpm_frame_answer(struct tpm_frame *f, uint32_t code);

/* Reads one frame; false: the peer has closed, or sent no valid frame. */
bool tpm_frame_read(int fd, struct tpm_frame *f);
bool tpm_frame_write(int fd, const void *bytes, size_t len);

/* Returns a socket that listens on a free port of 127.0.0.1; -1: failed. */
int tpm_frame_listen(uint16_t *ret_port);
/* Connects to that port; -1: nobody listens. */
int tpm_frame_connect(uint16_t port);

#endif
