/*
 * zone.c - see zone.h.
 *
 * Days are counted from 1970-01-01, a Thursday.  The calendar is the proleptic
 * Gregorian one, as POSIX has it.
 */
#include "eligibility/zone.h"

#include "base/clock.h"

#define NAME_MIN 3        /* letters of an abbreviation, and <+03> forms */
#define OFFSET_HOURS 24   /* POSIX.1-2017 section 8.3 */
#define CHANGE_HOURS 167  /* RFC 9636 section 3.3.1 */
#define DEFAULT_AT_S 7200 /* 02:00:00 */
#define SUMMER_S 3600     /* ahead of standard time without an own offset */

/* --- the text ------------------------------------------------------------- */

static bool
has_next(const struct reader *r, char c)
{
	return !r->failed && r->left > 0 && *r->at == (uint8_t)c;
}

static bool
skip_next(struct reader *r, char c)
{
	if (!has_next(r, c))
		return false;
	(void)reader_u8(r);
	return true;
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* An abbreviation: letters, or <letters, digits, + and ->. */
static void
skip_name(struct reader *r)
{
	bool quoted = skip_next(r, '<');
	unsigned n = 0;

	for (; !r->failed && r->left > 0; n++) {
		uint8_t c = *r->at;

		if (!is_letter(c) &&
		    !(quoted && (is_digit(c) || c == '+' || c == '-')))
			break;
		(void)reader_u8(r);
	}
	if (n < NAME_MIN || (quoted && !skip_next(r, '>')))
		reader_fail(r);
}

static unsigned
read_digits(struct reader *r, unsigned least, unsigned most)
{
	unsigned value = 0, n = 0;

	for (; !r->failed && r->left > 0 && is_digit(*r->at) && n < 4; n++)
		value = value * 10 + (unsigned)(reader_u8(r) - '0');
	if (n == 0 || value < least || value > most)
		reader_fail(r);
	return value;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t
read_clock(struct reader *r, unsigned hours)
{
	bool minus = skip_next(r, '-');

	if (!minus)
		(void)skip_next(r, '+');
	int32_t value = (int32_t)read_digits(r, 0, hours) * 3600;
	if (skip_next(r, ':')) {
		value += (int32_t)read_digits(r, 0, 59) * 60;
		if (skip_next(r, ':'))
			value += (int32_t)read_digits(r, 0, 59);
	}
	return minus ? -value : value;
}

static void
read_point(struct reader *r, char c)
{
	if (!skip_next(r, c))
		reader_fail(r);
}

static struct zone_change
read_zone_change(struct reader *r)
{
	struct zone_change c = { .form = '0', .at_s = DEFAULT_AT_S };

	read_point(r, ',');
	if (skip_next(r, 'M')) {
		c.form = 'M';
		c.month = read_digits(r, 1, 12);
		read_point(r, '.');
		c.week = read_digits(r, 1, 5);
		read_point(r, '.');
		c.day = read_digits(r, 0, 6);
	} else if (skip_next(r, 'J')) {
		c.form = 'J';
		c.day = read_digits(r, 1, 365);
	} else {
		c.day = read_digits(r, 0, 365);
	}
	if (skip_next(r, '/'))
		c.at_s = read_clock(r, CHANGE_HOURS);
	return c;
}

err_t
zone_parse(struct bytes text, struct zone *ret_zone)
{
	struct reader r = reader_of(text);
	struct zone z = { 0 };

	if (bytes_equal_str(text, "UTC")) {
		*ret_zone = z;
		return OK;
	}
	skip_name(&r);
	/* POSIX counts to the west. */
	z.standard_s = -read_clock(&r, OFFSET_HOURS);
	if (!r.failed && r.left > 0) {
		z.has_summer = true;
		skip_name(&r);
		z.summer_s = z.standard_s + SUMMER_S;
		if (!has_next(&r, ','))
			z.summer_s = -read_clock(&r, OFFSET_HOURS);
		z.begins = read_zone_change(&r);
		z.ends = read_zone_change(&r);
	}
	if (!reader_done(&r))
		return E_MALFORMED;
	*ret_zone = z;
	return OK;
}

/* --- the calendar --------------------------------------------------------- */

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The days before a year, from 1970 on. */
static int64_t
days_before(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t
year_of(int64_t day)
{
	int64_t year = 1970 + day / 366;

	while (days_before(year + 1) <= day)
		year++;
	return year;
}

static unsigned
days_of_month(int64_t year, unsigned month)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30,
		                         31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* The day of the week; 0: Sunday. */
static unsigned
weekday_of(int64_t day)
{
	return (unsigned)((day + 4) % 7);
}

/* Mm.w.d: the w-th such day of the month, or the last one. */
static int64_t
month_day(const struct zone_change *c, int64_t year)
{
	int64_t first = days_before(year);

	for (unsigned m = 1; m < c->month; m++)
		first += days_of_month(year, m);
	int64_t day = first + (7 + c->day - weekday_of(first)) % 7;
	day += 7 * (int64_t)(c->week - 1);
	while (day >= first + days_of_month(year, c->month))
		day -= 7;
	return day;
}

static int64_t
change_day(const struct zone_change *c, int64_t year)
{
	if (c->form == 'M')
		return month_day(c, year);
	if (c->form == 'J')
		return days_before(year) + c->day - 1 +
		       (c->day >= 60 && is_leap(year));
	return days_before(year) + c->day;
}

/* The second, in UTC, at which a change happens in a year; offset_s is the one
 * that holds until then. */
static int64_t
change_second(const struct zone_change *c, int64_t year, int32_t offset_s)
{
	return change_day(c, year) * (int64_t)DAY_S + c->at_s - offset_s;
}

int32_t
zone_offset(const struct zone *z, uint64_t at_s)
{
	int64_t at = (int64_t)at_s;

	if (!z->has_summer)
		return z->standard_s;
	/* The year of standard time; a change is never at a year's end. */
	int64_t local = at + z->standard_s;
	int64_t year = year_of((local < 0 ? 0 : local) / (int64_t)DAY_S);
	int64_t begins = change_second(&z->begins, year, z->standard_s);
	int64_t ends = change_second(&z->ends, year, z->summer_s);
	bool summer = begins < ends ? at >= begins && at < ends
	                            : at >= begins || at < ends;

	return summer ? z->summer_s : z->standard_s;
}
