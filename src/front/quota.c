/*
 * quota.c - see quota.h.
 *
 * Uses integers only.  The price of a token is rounded up to a nanosecond, so a
 * rate is never exceeded and is missed by a tenth of a percent at most.
 */
#include "front/quota.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "proc/config.h"

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define ODD_NS NS_PER_S /* more than the fronts' clocks can differ */

_Static_assert(sizeof(struct quota_mark) == QUOTA_MARK_SIZE,
               "the supervisor makes room for them");

struct quota
quota_of(uint32_t rate, uint32_t burst, struct quota_mark *mark)
{
	return (struct quota){
		.burst = burst,
		.price_ns = (NS_PER_S + rate - 1) / rate,
		.mark = mark,
	};
}

/* The start time for an empty bucket with this mark. */
static uint64_t
begin_at(uint64_t mark, uint64_t now, uint64_t span)
{
	if (mark < now)
		return now; /* it is full */
	return mark > now + span ? now + span : mark;
}

/* A value that no honest front writes, whose clock is the same as ours, becomes
 * an empty bucket that fills as usual, so that it does not outlive the process
 * that wrote it. */
static void
mend_mark(const struct quota *q, uint64_t mark, uint64_t most)
{
	if (mark > most + ODD_NS)
		(void)atomic_compare_exchange_strong_explicit(
		        &q->mark->full_at, &mark, most, memory_order_relaxed,
		        memory_order_relaxed);
}

bool
quota_take(const struct quota *q, uint32_t n, uint64_t now_ms)
{
	uint64_t span = q->burst * q->price_ns, price = n * q->price_ns;
	uint64_t now = now_ms * NS_PER_MS;
	uint64_t mark =
	        atomic_load_explicit(&q->mark->full_at, memory_order_relaxed);
	uint64_t full_at;

	if (n > q->burst)
		return false;
	do {
		full_at = begin_at(mark, now, span) + price;
		if (full_at > now + span) {
			mend_mark(q, mark, now + span);
			return false;
		}
	} while (!atomic_compare_exchange_weak_explicit(
	        &q->mark->full_at, &mark, full_at, memory_order_relaxed,
	        memory_order_relaxed));
	return true;
}

err_t
quota_marks(int fd, size_t n, struct quota_mark **ret_marks)
{
	size_t len = n * sizeof(**ret_marks);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < (off_t)len)
		return E_CONFIG;

	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return E_NOMEM;
	*ret_marks = at;
	return OK;
}

void
quota_marks_free(struct quota_mark *marks, size_t n)
{
	if (marks)
		(void)munmap(marks, n * sizeof(*marks));
}
