/*
 * err.c - the codes' names, for logs.
 */
#include "base/err.h"

const char *
err_name(err_t err)
{
	switch (err) {
	case OK:
		return "ok";
	case E_NOMEM:
		return "no-memory";
	case E_BUG:
		return "bug";
	case E_IO:
		return "io";
	case E_CONFIG:
		return "config";
	case E_DENIED:
		return "denied";
	case E_DEVICE:
		return "device";
	case E_LATCHED:
		return "latched";
	case E_NOT_FOUND:
		return "not-found";
	case E_CONFLICT:
		return "conflict";
	case E_MALFORMED:
		return "malformed";
	case E_LIMIT:
		return "limit";
	case E_AGAIN:
		return "again";
	case E_CLOSED:
		return "closed";
	}
	return "unknown";
}
