/*
 * config_value.c - checks the type and bounds of one value of the file, and
 * writes the message about an invalid one.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "proc/config_int.h"

#define WHY_MAX 256 /* bytes of one message */

err_t
config_refuse(struct buf *why, const config_setting_t *at, const char *format,
              ...)
{
	char text[WHY_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	if (at)
		buf_printf(why, "line %u: ",
		           (unsigned)config_setting_source_line(at));
	buf_append_str(why, text);
	return E_MALFORMED;
}

const char *
config_text(const config_setting_t *s, struct buf *why)
{
	const char *text = config_setting_get_string(s);

	if (!text) {
		(void)config_refuse(why, s, "expected a string in quotes");
		return NULL;
	}
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c >= 0x20 && *c != 0x7f)
			continue;
		(void)config_refuse(why, s, "a control byte in a string");
		return NULL;
	}
	return text;
}

err_t
config_number(const config_setting_t *s, uint32_t least, uint32_t most,
              struct buf *why, uint32_t *ret_number)
{
	int type = config_setting_type(s);
	int64_t n = type == CONFIG_TYPE_INT ? config_setting_get_int(s)
	                                    : config_setting_get_int64(s);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return config_refuse(why, s, "expected a whole number");
	if (n < least || n > most)
		return config_refuse(why, s,
		                     "%" PRId64 " is not between %" PRIu32
		                     " and %" PRIu32,
		                     n, least, most);
	*ret_number = (uint32_t)n;
	return OK;
}
