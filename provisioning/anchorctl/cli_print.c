/*
 * cli_print.c - prints messages and results; verbs print by these functions.
 *
 * A token's label, a latch's text or a name in a certificate is untrusted.
 * Therefore everything that %s inserts into a message is escaped: it cannot
 * contain a terminal control sequence, begin a new line, or imitate another
 * message.  The format string itself and the argument of cli_put() are composed
 * by this program and are printed unchanged.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provisioning/anchorctl/cli.h"

#define NUMBER_MAX 32 /* characters */
#define ROOM 65536    /* bytes that must fit on standard output's disk */

/* --- escaping ------------------------------------------------------------- */

void
cli_escape(struct buf *out, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '\\')
			buf_append_str(out, "\\\\");
		else if (c < 0x20 || c > 0x7e)
			buf_printf(out, "\\x%02x", c);
		else
			buf_u8(out, c);
	}
}

/* --- messages ------------------------------------------------------------- */

/* A message while it is made. */
struct message {
	struct buf out;
	va_list values;
};

/* One conversion: %[-|0][width][.precision][z|l|ll]type, * for a width or a
 * precision; the compiler has checked that the values fit. */
struct conversion {
	bool left, zeros;
	int width, precision; /* -1: none is given */
	unsigned longs;       /* l, ll; 3: z */
	char type;
};

static int
read_format_number(struct message *m, const char **at)
{
	int n = 0;

	if (**at == '*') {
		++*at;
		return va_arg(m->values, int);
	}
	for (; **at >= '0' && **at <= '9' && n < 1000; ++*at)
		n = n * 10 + (**at - '0');
	return n;
}

static struct conversion
read_conversion(struct message *m, const char **at)
{
	struct conversion c = { .width = -1, .precision = -1 };

	c.left = **at == '-';
	*at += c.left;
	c.zeros = **at == '0'; /* of numbers that are never negative */
	c.width = read_format_number(m, at);
	if (**at == '.') {
		++*at;
		c.precision = read_format_number(m, at);
	}
	for (; **at == 'l' || **at == 'z'; ++*at)
		c.longs += **at == 'z' ? 3 : 1;
	c.type = *(*at)++;
	return c;
}

static void
pad_to_width(struct message *m, const struct conversion *c, size_t len)
{
	for (size_t i = len; c->width > 0 && i < (size_t)c->width; i++)
		buf_u8(&m->out, c->zeros ? '0' : ' ');
}

static void
put_padded(struct message *m, const struct conversion *c, struct bytes text)
{
	if (!c->left)
		pad_to_width(m, c, text.len);
	buf_append(&m->out, text);
	if (c->left)
		pad_to_width(m, c, text.len);
}

static void
put_escaped_text(struct message *m, const struct conversion *c)
{
	AUTO(buf_release) struct buf text = buf_of(CLI_MESSAGE_MAX);
	const char *value = va_arg(m->values, const char *);
	size_t most = c->precision < 0 ? CLI_MESSAGE_MAX : (size_t)c->precision;

	if (value)
		cli_escape(&text, bytes_of(value, strnlen(value, most)));
	put_padded(m, c, buf_bytes(&text));
}

static void
put_signed(struct message *m, const struct conversion *c)
{
	char text[NUMBER_MAX];
	long long n = c->longs == 0   ? va_arg(m->values, int)
	              : c->longs == 1 ? va_arg(m->values, long)
	                              : va_arg(m->values, long long);

	(void)snprintf(text, sizeof(text), "%lld", n);
	put_padded(m, c, bytes_of_str(text));
}

static void
put_unsigned(struct message *m, const struct conversion *c)
{
	char text[NUMBER_MAX];
	unsigned long long n = c->longs == 0 ? va_arg(m->values, unsigned)
	                       : c->longs == 3
	                               ? va_arg(m->values, size_t)
	                               : va_arg(m->values, unsigned long long);

	(void)snprintf(text, sizeof(text), c->type == 'x' ? "%llx" : "%llu", n);
	put_padded(m, c, bytes_of_str(text));
}

static void
put_conversion(struct message *m, const char **at)
{
	const struct conversion c = read_conversion(m, at);

	if (c.type == 's')
		put_escaped_text(m, &c);
	else if (c.type == 'd')
		put_signed(m, &c);
	else if (c.type == 'u' || c.type == 'x')
		put_unsigned(m, &c);
	else if (c.type == '%')
		buf_u8(&m->out, '%');
	else /* a programming error, which every test of the message shows */
		buf_append_str(&m->out, "(no such conversion)");
}

void
cli_format(struct buf *out, const char *format, va_list values)
{
	struct message m = { .out = buf_of(CLI_MESSAGE_MAX) };

	va_copy(m.values, values);
	while (*format)
		if (*format == '%') {
			format++;
			put_conversion(&m, &format);
		} else {
			buf_u8(&m.out, (uint8_t)*format++);
		}
	va_end(m.values);
	buf_append(out, buf_bytes(&m.out));
	buf_release(&m.out);
}

static void
print_formatted(FILE *to, const char *format, va_list values)
{
	AUTO(buf_release) struct buf text = buf_of(CLI_MESSAGE_MAX);

	cli_format(&text, format, values);
	(void)fwrite(text.data, 1, text.len, to); /* cli_main() checks */
}

void
cli_say(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	print_formatted(stdout, format, values);
	va_end(values);
}

void
cli_put(struct bytes text)
{
	if (text.len > 0) /* cli_main() checks that all was written */
		(void)fwrite(text.data, 1, text.len, stdout);
}

void
cli_complain(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	print_formatted(stderr, format, values);
	va_end(values);
}

bool
cli_confirm(const char *format, ...)
{
	char answer[8] = "";
	va_list values;

	if (!isatty(STDIN_FILENO))
		return true;
	va_start(values, format);
	print_formatted(stderr, format, values);
	va_end(values);
	ssize_t n = read(STDIN_FILENO, answer, sizeof(answer) - 1);
	return n > 0 && strcmp(answer, "yes\n") == 0;
}

/* --- whether standard output can be written ------------------------------- */

static bool
has_reader(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) <= 0 || !(p.revents & (POLLERR | POLLNVAL));
}

/* Tries to reserve space, without changing the file's content or size. */
static bool
file_has_room(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	if (S_ISCHR(st.st_mode))
		return write(fd, "", 0) == 0;
	if (!S_ISREG(st.st_mode))
		return true;
	return fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, ROOM) == 0 ||
	       (errno != ENOSPC && errno != EDQUOT);
}

bool
cli_can_print(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY &&
	       has_reader(STDOUT_FILENO) && file_has_room(STDOUT_FILENO);
}
