/*
 * clock.c - the clocks, and RFC 3339 without libc's calendar.
 *
 * Days are counted from 1970-01-01 in the proleptic Gregorian calendar, by
 * the era arithmetic of H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms": exact for every year that four digits can write.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static uint64_t wall_override;

static uint64_t
now_us(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		abort(); /* neither clock can be missing on Linux */
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t
clock_wall_ms(void)
{
	return wall_override ? wall_override : now_us(CLOCK_REALTIME) / 1000;
}

uint64_t
clock_mono_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

void
clock_set_wall(uint64_t at_ms)
{
	wall_override = at_ms;
}

struct date {
	unsigned year, month, day;
};

static struct date
date_of_days(uint64_t days)
{
	uint64_t z = days + DAYS_TO_1970;
	uint64_t era = z / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned month = mp < 10 ? mp + 3 : mp - 9;

	return (struct date){
		.year = (unsigned)(yoe + era * 400) + (month <= 2),
		.month = month,
		.day = doy - (153 * mp + 2) / 5 + 1,
	};
}

/* Days since 1970-01-01; the date is valid and not before that. */
static uint64_t
days_of_date(struct date d)
{
	unsigned y = d.year - (d.month <= 2);
	unsigned era = y / 400;
	unsigned yoe = y - era * 400;
	unsigned mp = d.month > 2 ? d.month - 3 : d.month + 9;
	unsigned doy = (153 * mp + 2) / 5 + d.day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return (uint64_t)era * 146097 + doe - DAYS_TO_1970;
}

static void
two_digits(char *out, unsigned v)
{
	out[0] = (char)('0' + v / 10 % 10);
	out[1] = (char)('0' + v % 10);
}

/* Formats digit by digit, because snprintf(3) is slow and every challenge and
 * every log line contains a time. */
void
clock_format(uint64_t at_ms, char out[static CLOCK_TEXT_SIZE])
{
	static const char form[] = "....-..-..T..:..:..Z";
	const uint64_t last = 253402300799; /* 9999-12-31T23:59:59Z */
	uint64_t s = at_ms / 1000 > last ? last : at_ms / 1000;
	struct date d = date_of_days(s / DAY_S);
	unsigned t = (unsigned)(s % DAY_S);

	memcpy(out, form, sizeof(form));
	two_digits(out, d.year / 100);
	two_digits(out + 2, d.year);
	two_digits(out + 5, d.month);
	two_digits(out + 8, d.day);
	two_digits(out + 11, t / 3600);
	two_digits(out + 14, t / 60 % 60);
	two_digits(out + 17, t % 60);
}

/* n digits as a number. */
static unsigned
read_digits(struct reader *r, size_t n)
{
	struct bytes b = reader_take(r, n);
	unsigned v = 0;

	for (size_t i = 0; i < b.len; i++) {
		if (b.data[i] < '0' || b.data[i] > '9')
			reader_fail(r);
		v = v * 10 + (unsigned)(b.data[i] - '0');
	}
	return v;
}

static void
expect_separator(struct reader *r, char c)
{
	if (reader_u8(r) != (uint8_t)c)
		reader_fail(r);
}

static void
skip_fraction(struct reader *r)
{
	if (r->left == 0 || *r->at != '.')
		return;
	reader_take(r, 1);
	read_digits(r, 1);
	while (r->left > 0 && *r->at >= '0' && *r->at <= '9')
		reader_take(r, 1);
}

/* Seconds east of UTC. */
static int64_t
read_zone_offset(struct reader *r)
{
	uint8_t sign = reader_u8(r);

	if (sign == 'Z')
		return 0;
	if (sign != '+' && sign != '-')
		reader_fail(r);
	unsigned hours = read_digits(r, 2);
	expect_separator(r, ':');
	unsigned minutes = read_digits(r, 2);
	if (hours > 23 || minutes > 59)
		reader_fail(r);

	int64_t offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	return sign == '-' ? -offset : offset;
}

static bool
date_valid(struct date d)
{
	static const unsigned lengths[] = { 31, 29, 31, 30, 31, 30,
		                            31, 31, 30, 31, 30, 31 };
	bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);

	if (d.year < 1970 || d.month < 1 || d.month > 12 || d.day < 1)
		return false;
	if (d.month == 2 && !leap)
		return d.day <= 28;
	return d.day <= lengths[d.month - 1];
}

err_t
clock_parse(struct bytes text, uint64_t *ret_at_ms)
{
	struct reader r = reader_of(text);
	struct date d = { 0 };

	d.year = read_digits(&r, 4);
	expect_separator(&r, '-');
	d.month = read_digits(&r, 2);
	expect_separator(&r, '-');
	d.day = read_digits(&r, 2);
	expect_separator(&r, 'T');
	unsigned hour = read_digits(&r, 2);
	expect_separator(&r, ':');
	unsigned minute = read_digits(&r, 2);
	expect_separator(&r, ':');
	unsigned second = read_digits(&r, 2);
	skip_fraction(&r);
	int64_t east = read_zone_offset(&r);

	if (!reader_done(&r) || !date_valid(d) || hour > 23 || minute > 59 ||
	    second > 59)
		return E_MALFORMED;

	int64_t s = (int64_t)(days_of_date(d) * DAY_S) + (int64_t)hour * 3600 +
	            (int64_t)minute * 60 + (int64_t)second - east;
	if (s < 0)
		return E_MALFORMED;
	*ret_at_ms = (uint64_t)s * 1000;
	return OK;
}
