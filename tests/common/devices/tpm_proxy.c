/*
 * tpm_proxy.c - see tpm_proxy.h.
 *
 * The deeds: hang sends no response.  closed and reset end the connection
 * before the command is executed, lost after it.  half sends only half of the
 * response, twice sends it two times, silent sends only a header with success.
 * shorter and longer change the number of bytes and the length in the header;
 * trailing adds bytes after the frame; huge announces 4 GB.  zero, garbage and
 * wrong change the content, wrong by one bit, of the signature if there is one.
 */
#include "tests/common/devices/tpm_proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <tss2/tss2_tpm2_types.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/common/devices/tpm_frame.h"

#define AT_WRONG 22       /* header, size of parameters, and inside of them */
#define AGAIN_US 5000     /* between an answer and its twin */
#define DRIBBLE_US 300    /* between two bytes */
#define DRIBBLE_BYTES 200 /* the rest at once */

struct line {
	int client, tpm;
	bool logged;
	struct tpm_page *page;
};

static const struct {
	uint32_t number;
} commands[] = {
#define TPM_COMMAND(name, user, nth) { TPM2_CC_##name },
#define TPM_CODE(name, code)
#define TPM_DEED(name)
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

/* Of each outcome; 0: a deed. */
static const uint32_t codes[] = {
#define TPM_COMMAND(name, user, nth)
#define TPM_CODE(name, code) code,
#define TPM_DEED(name) 0,
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

/* --- what is made of an answer -------------------------------------------- */

/* SplitMix64's last step over the place: the same garbage every time. */
static uint8_t
chance(size_t i)
{
	uint64_t z = (i + 1) * 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	return (uint8_t)(z >> 27);
}

static void
spoil(struct tpm_frame *f, enum tpm_outcome outcome)
{
	for (size_t i = TPM_FRAME_HEADER; i < f->len; i++)
		if (outcome == TPM_DEED_zero)
			f->bytes[i] = 0;
		else if (outcome == TPM_DEED_garbage)
			f->bytes[i] = chance(i);
	if (outcome == TPM_DEED_wrong)
		f->bytes[f->len > AT_WRONG ? AT_WRONG : f->len - 1] ^= 1;
}

static void
resize(struct tpm_frame *f, enum tpm_outcome outcome)
{
	if (outcome == TPM_DEED_silent)
		tpm_frame_answer(f, TPM2_RC_SUCCESS);
	else if (outcome == TPM_DEED_shorter && f->len > TPM_FRAME_HEADER)
		tpm_frame_resize(f,
		                 f->len - (f->len - TPM_FRAME_HEADER + 1) / 2);
	else if (outcome == TPM_DEED_longer)
		tpm_frame_resize(f, f->len + TPM_FRAME_EXTRA);
	else if (outcome == TPM_DEED_trailing)
		f->len += TPM_FRAME_EXTRA;
	else if (outcome == TPM_DEED_huge)
		tpm_frame_put_u32(f, 2, UINT32_MAX);
}

/* Until the other side gives up. */
static void
wait_for_end(int fd)
{
	uint8_t rest[TPM_FRAME_MAX];

	while (read(fd, rest, sizeof(rest)) > 0)
		;
}

static bool
dribble(int fd, const struct tpm_frame *f)
{
	size_t i = 0;

	for (; i < f->len && i < DRIBBLE_BYTES; i++) {
		if (!tpm_frame_write(fd, f->bytes + i, 1))
			return false;
		usleep(DRIBBLE_US);
	}
	return i == f->len || tpm_frame_write(fd, f->bytes + i, f->len - i);
}

/* False: the connection is to be closed. */
static bool
answer(struct line *l, struct tpm_frame *f, enum tpm_outcome outcome)
{
	switch ((unsigned)outcome) {
	case TPM_DEED_half:
		(void)tpm_frame_write(l->client, f->bytes, f->len / 2);
		wait_for_end(l->client);
		return false;
	case TPM_DEED_lost:
		return false;
	case TPM_DEED_twice:
		(void)tpm_frame_write(l->client, f->bytes, f->len);
		usleep(AGAIN_US);
		break;
	case TPM_DEED_delay:
		usleep(TPM_PROXY_DELAY_MS * 1000);
		break;
	case TPM_DEED_dribble:
		return dribble(l->client, f);
	default:
		spoil(f, outcome);
		resize(f, outcome);
		break;
	}
	return tpm_frame_write(l->client, f->bytes, f->len);
}

static void
reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* --- commands ------------------------------------------------------------- */

static enum tpm_command
command_of(const struct tpm_frame *f)
{
	uint32_t number = tpm_frame_u32(f, TPM_FRAME_CODE);
	size_t i = 0;

	while (i < ARRAY_LEN(commands) && commands[i].number != number)
		i++;
	return (enum tpm_command)i;
}

/* What is ordered for this command, the nth of its kind; TPM_OUTCOMES: none.
 * The first of two rules that want it has it. */
static enum tpm_outcome
ordered(struct tpm_page *page, enum tpm_command command, unsigned nth)
{
	for (size_t i = 0; i < TPM_PROXY_RULES; i++) {
		struct tpm_rule *r = &page->rules[i];

		if (!atomic_load(&r->on) || r->command != command ||
		    (r->nth && r->nth != nth))
			continue;
		atomic_fetch_add(&r->fired, 1);
		return (enum tpm_outcome)r->outcome;
	}
	return TPM_OUTCOMES;
}

/* An honest answer of the TPM's: did it refuse a PIN? */
static void
note_refusal(struct line *l, enum tpm_command command,
             const struct tpm_frame *f)
{
	uint32_t code = tpm_frame_u32(f, TPM_FRAME_CODE);
	uint32_t base = code & TPM2_RC_FMT1 ? code & 0xbf : code;
	bool uses_pin = command == TPM_CMD_HMAC || command == TPM_CMD_Sign ||
	                command == TPM_CMD_NV_Increment ||
	                command == TPM_CMD_NV_Read;

	if (!uses_pin)
		return;
	if (base == TPM2_RC_AUTH_FAIL || base == TPM2_RC_BAD_AUTH ||
	    base == TPM2_RC_LOCKOUT)
		atomic_fetch_add(&l->page->refused, 1);
}

/* A TPM first writes down that something counted is used, judges nothing, and
 * is asked the same again. */
static void
note_login(struct line *l, uint32_t code)
{
	if (code == TPM2_RC_SUCCESS)
		atomic_fetch_add(&l->page->logged_in, 1);
	if (code != TPM2_RC_RETRY)
		return;
	l->logged = false;
	atomic_fetch_sub(&l->page->logins, 1);
}

static bool
refuse(struct line *l, struct tpm_frame *f, uint32_t code)
{
	tpm_frame_answer(f, code);
	return tpm_frame_write(l->client, f->bytes, f->len);
}

/* capability, property, count; and of the answer, from its parameters on: more,
 * capability, how many, property, value. */
static bool
asks(const struct tpm_frame *f, uint32_t property)
{
	return f->len >= 12 && property &&
	       tpm_frame_u32(f, f->len - 12) == TPM2_CAP_TPM_PROPERTIES &&
	       tpm_frame_u32(f, f->len - 8) == property;
}

static void
lie(struct tpm_frame *f)
{
	bool session = f->bytes[0] == TPM2_ST_SESSIONS >> 8 &&
	               f->bytes[1] == (TPM2_ST_SESSIONS & 0xff);
	size_t at = TPM_FRAME_HEADER + (session ? 4 : 0) + 13;

	if (f->len >= at + 4)
		tpm_frame_put_u32(f, at, 0);
}

static bool
pass(struct line *l, struct tpm_frame *f, enum tpm_outcome outcome)
{
	enum tpm_command command = command_of(f);
	bool lies = command == TPM_CMD_GetCapability &&
	            asks(f, atomic_load(&l->page->lie));

	if (!tpm_frame_write(l->tpm, f->bytes, f->len) ||
	    !tpm_frame_read(l->tpm, f))
		return false;
	if (lies)
		lie(f);
	note_refusal(l, command, f);
	return answer(l, f, outcome);
}

/* One command; false: the connection is over. */
static bool
serve(struct line *l, struct tpm_frame *f)
{
	enum tpm_command command = command_of(f);
	static const uint8_t by_password[] = { 0x40, 0x00, 0x00, 0x09 };
	const char *secret = l->page->secret;

	if (*secret && memmem(f->bytes, f->len, secret, strlen(secret)))
		atomic_fetch_add(&l->page->told, 1);
	if (command == TPM_COMMANDS) {
		atomic_fetch_add(&l->page->unlisted, 1);
		return pass(l, f, TPM_OUTCOMES);
	}
	if (memmem(f->bytes, f->len, by_password, sizeof(by_password)))
		atomic_fetch_add(&l->page->passwords[command], 1);
	unsigned nth = atomic_fetch_add(&l->page->calls[command], 1) + 1;
	enum tpm_outcome outcome = ordered(l->page, command, nth);
	bool login = command == TPM_CMD_HMAC && !l->logged;

	l->logged |= login;
	atomic_fetch_add(&l->page->logins, login);
	if (outcome < TPM_OUTCOMES && codes[outcome])
		return refuse(l, f, codes[outcome]);
	if (outcome == TPM_DEED_hang)
		wait_for_end(l->client);
	if (outcome == TPM_DEED_reset)
		reset(l->client);
	if (outcome == TPM_DEED_hang || outcome == TPM_DEED_reset ||
	    outcome == TPM_DEED_closed)
		return false;
	if (!pass(l, f, outcome))
		return false;
	if (login && outcome == TPM_OUTCOMES)
		note_login(l, tpm_frame_u32(f, TPM_FRAME_CODE));
	return true;
}

/* --- the process ---------------------------------------------------------- */

static _Noreturn void
work(int listening, uint16_t tpm_port, struct tpm_page *page)
{
	const int on = 1;
	struct tpm_frame f;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct line l = { .page = page };

		l.client = accept(listening, NULL, NULL);
		if (l.client < 0)
			_exit(1);
		(void)setsockopt(l.client, IPPROTO_TCP, TCP_NODELAY, &on,
		                 sizeof(on));
		l.tpm = tpm_frame_connect(tpm_port);
		while (l.tpm >= 0 && tpm_frame_read(l.client, &f) &&
		       serve(&l, &f))
			;
		close(l.client);
		if (l.tpm >= 0)
			close(l.tpm);
	}
}

bool
tpm_proxy_open(struct tpm_proxy *p, uint16_t tpm_port)
{
	*p = (struct tpm_proxy){ .pid = 0 };
	int fd = tpm_frame_listen(&p->port);
	void *page = mmap(NULL, sizeof(*p->page), PROT_READ | PROT_WRITE,
	                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || fd < 0)
		return false;
	p->page = page;
	p->pid = fork();
	if (p->pid == 0)
		work(fd, tpm_port, p->page);
	close(fd);
	return p->pid > 0;
}

void
tpm_proxy_reset(struct tpm_proxy *p)
{
	for (size_t i = 0; i < TPM_PROXY_RULES; i++)
		atomic_store(&p->page->rules[i].on, 0);
	memset(p->page, 0, sizeof(*p->page));
}

void
tpm_proxy_close(struct tpm_proxy *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	if (p->page)
		munmap(p->page, sizeof(*p->page));
	*p = (struct tpm_proxy){ .pid = 0 };
}
