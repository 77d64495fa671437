/*
 * tpm_proxy.c - see tpm_proxy.h.
 *
 * What a deed is: hang answers nothing; closed and reset end the connection
 * before the command is done, lost after; half sends half of the answer and no
 * more; twice sends it two times; silent says that all is well and nothing
 * else; shorter and longer change the frame's length with its bytes; trailing
 * puts bytes after the frame; huge announces 4 GB; zero, garbage and wrong
 * change what is in it, wrong by one bit: of a signature, when it is one.
 */
#include "tpm_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <tss2/tss2_tpm2_types.h>
#include <unistd.h>

#include "bytes.h"

#define HEADER 10
#define FRAME_MAX 4096
#define EXTRA 8           /* bytes of an answer that is longer */
#define AT_WRONG 22       /* header, size of parameters, and inside of them */
#define AGAIN_US 5000     /* between an answer and its twin */
#define DRIBBLE_US 300    /* between two bytes */
#define DRIBBLE_BYTES 200 /* the rest at once */

struct frame {
	size_t len;
	uint8_t bytes[FRAME_MAX + EXTRA];
};

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
#include "tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

/* Of each outcome; 0: a deed. */
static const uint32_t codes[] = {
#define TPM_COMMAND(name, user, nth)
#define TPM_CODE(name, code) code,
#define TPM_DEED(name) 0,
#include "tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
};

static uint32_t
u32_at(const struct frame *f, size_t at)
{
	struct reader r = reader_of(bytes_of(f->bytes + at, 4));

	return reader_u32(&r);
}

static void
put_u32(struct frame *f, size_t at, uint32_t n)
{
	for (size_t i = 0; i < 4; i++)
		f->bytes[at + i] = (uint8_t)(n >> (24 - 8 * i));
}

static void
put_size(struct frame *f, size_t len)
{
	f->len = len;
	put_u32(f, 2, (uint32_t)len);
}

static bool
read_more(int fd, struct frame *f, size_t until)
{
	while (f->len < until) {
		ssize_t n = read(fd, f->bytes + f->len, until - f->len);
		if (n <= 0)
			return false;
		f->len += (size_t)n;
	}
	return true;
}

/* One frame; false: the other side is gone, or speaks something else. */
static bool
read_frame(int fd, struct frame *f)
{
	f->len = 0;
	if (!read_more(fd, f, HEADER))
		return false;
	uint32_t size = u32_at(f, 2);
	return size >= HEADER && size <= FRAME_MAX && read_more(fd, f, size);
}

static bool
write_all(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

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
spoil(struct frame *f, enum tpm_outcome outcome)
{
	for (size_t i = HEADER; i < f->len; i++)
		if (outcome == TPM_DEED_zero)
			f->bytes[i] = 0;
		else if (outcome == TPM_DEED_garbage)
			f->bytes[i] = chance(i);
	if (outcome == TPM_DEED_wrong)
		f->bytes[f->len > AT_WRONG ? AT_WRONG : f->len - 1] ^= 1;
}

static void
resize(struct frame *f, enum tpm_outcome outcome)
{
	if (outcome == TPM_DEED_silent)
		put_size(f, HEADER);
	else if (outcome == TPM_DEED_shorter && f->len > HEADER)
		put_size(f, f->len - (f->len - HEADER + 1) / 2);
	else if (outcome == TPM_DEED_longer)
		put_size(f, f->len + EXTRA);
	else if (outcome == TPM_DEED_trailing)
		f->len += EXTRA;
	else if (outcome == TPM_DEED_huge)
		put_u32(f, 2, UINT32_MAX);
	if (outcome == TPM_DEED_silent) {
		f->bytes[0] = TPM2_ST_NO_SESSIONS >> 8;
		f->bytes[1] = TPM2_ST_NO_SESSIONS & 0xff;
		put_u32(f, 6, TPM2_RC_SUCCESS);
	}
}

/* Until the other side gives up. */
static void
wait_for_end(int fd)
{
	uint8_t rest[FRAME_MAX];

	while (read(fd, rest, sizeof(rest)) > 0)
		;
}

static bool
dribble(int fd, const struct frame *f)
{
	size_t i = 0;

	for (; i < f->len && i < DRIBBLE_BYTES; i++) {
		if (!write_all(fd, f->bytes + i, 1))
			return false;
		usleep(DRIBBLE_US);
	}
	return i == f->len || write_all(fd, f->bytes + i, f->len - i);
}

/* False: the connection is to be closed. */
static bool
answer(struct line *l, struct frame *f, enum tpm_outcome outcome)
{
	switch ((unsigned)outcome) {
	case TPM_DEED_half:
		(void)write_all(l->client, f->bytes, f->len / 2);
		wait_for_end(l->client);
		return false;
	case TPM_DEED_lost:
		return false;
	case TPM_DEED_twice:
		(void)write_all(l->client, f->bytes, f->len);
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
	return write_all(l->client, f->bytes, f->len);
}

static void
reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* --- commands ------------------------------------------------------------- */

static enum tpm_command
command_of(const struct frame *f)
{
	uint32_t number = u32_at(f, 6);
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
note_refusal(struct line *l, enum tpm_command command, const struct frame *f)
{
	uint32_t code = u32_at(f, 6);
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

static bool
refuse(struct line *l, struct frame *f, uint32_t code)
{
	f->bytes[0] = TPM2_ST_NO_SESSIONS >> 8;
	f->bytes[1] = TPM2_ST_NO_SESSIONS & 0xff;
	put_size(f, HEADER);
	put_u32(f, 6, code);
	return write_all(l->client, f->bytes, f->len);
}

static bool
pass(struct line *l, struct frame *f, enum tpm_outcome outcome)
{
	enum tpm_command command = command_of(f);

	if (!write_all(l->tpm, f->bytes, f->len) || !read_frame(l->tpm, f))
		return false;
	note_refusal(l, command, f);
	return answer(l, f, outcome);
}

/* One command; false: the connection is over. */
static bool
serve(struct line *l, struct frame *f)
{
	enum tpm_command command = command_of(f);

	if (command == TPM_COMMANDS) {
		atomic_fetch_add(&l->page->unlisted, 1);
		return pass(l, f, TPM_OUTCOMES);
	}
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
	if (login && outcome == TPM_OUTCOMES && u32_at(f, 6) == 0)
		atomic_fetch_add(&l->page->logged_in, 1);
	return true;
}

/* --- the process ---------------------------------------------------------- */

static struct sockaddr_in
address_of(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int
connect_to(uint16_t port)
{
	const struct sockaddr_in address = address_of(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return fd;
	close(fd);
	return -1;
}

static _Noreturn void
work(int listening, uint16_t tpm_port, struct tpm_page *page)
{
	const int on = 1;
	struct frame f;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct line l = { .page = page };

		l.client = accept(listening, NULL, NULL);
		if (l.client < 0)
			_exit(1);
		(void)setsockopt(l.client, IPPROTO_TCP, TCP_NODELAY, &on,
		                 sizeof(on));
		l.tpm = connect_to(tpm_port);
		while (l.tpm >= 0 && read_frame(l.client, &f) && serve(&l, &f))
			;
		close(l.client);
		if (l.tpm >= 0)
			close(l.tpm);
	}
}

bool
tpm_proxy_open(struct tpm_proxy *p, uint16_t tpm_port)
{
	struct sockaddr_in address = address_of(0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*p = (struct tpm_proxy){ .pid = 0 };
	void *page = mmap(NULL, sizeof(*p->page), PROT_READ | PROT_WRITE,
	                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED ||
	    bind(fd, (const struct sockaddr *)&address, len) != 0 ||
	    listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return false;
	p->page = page;
	p->port = ntohs(address.sin_port);
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
