/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an operation costs, in guest instructions. QEMU runs the guest by -icount:
 * the processor's counter moves by the same step with every instruction. Of many
 * tries the cheapest counts, which neither a timer's tick nor a cold cache of the
 * kernel's is in; from it the cheapest try of nothing is taken.
 */
#ifndef KBT_PROBE_H
#define KBT_PROBE_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PROBE_TRIES 100

/* Where the host knows a measured piece to begin and to end; what is nothing elsewhere. */
#define PROBE_BEGIN ((void (*)(void))0x6b627000)
#define PROBE_END ((void (*)(void))0x6b627010)
#define PROBE_BEGIN_NOTHING ((void (*)(void))0x6b627020)

struct probe {
	const char *name;
	/* 0, or -1 with errno where this kernel cannot do it. */
	int (*run)(void);
	/* Before and after each try, not counted; may be NULL. */
	int (*before)(void);
	void (*after)(void);
};

/* How long a tick of the counter is stands in the processor's record in harness/arch. */
#if defined(__x86_64__)
static inline uint64_t probe_clock(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* ret */
static const unsigned char probe_return[] = { 0xc3 };
#else
#error "no counter is known for this processor"
#endif

static inline int probe_nothing(void)
{
	return 0;
}

/* Of all tries the cheapest, or 0 where one fails. */
static uint64_t __attribute__((noinline))
probe_least(const struct probe *probe, int (*volatile run)(void),
	    void (*volatile mark)(void))
{
	uint64_t least = UINT64_MAX;

	for (int try = 0; try < PROBE_TRIES; try++) {
		uint64_t begin, end;
		int err;

		if (probe->before && probe->before())
			return 0;
		begin = probe_clock();
		mark();
		err = run();
		PROBE_END();
		end = probe_clock();
		if (err)
			return 0;
		if (probe->after)
			probe->after();
		if (end - begin < least)
			least = end - begin;
	}
	return least;
}

static int probe_all(const struct probe *probes, int count)
{
	const char *wanted = getenv("probe");
	const size_t page = 4096;
	char *marks = mmap((void *)PROBE_BEGIN, page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (marks == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < page; i++)
		marks[i] = probe_return[i % sizeof(probe_return)];
	mprotect(marks, page, PROT_READ | PROT_EXEC);
	for (int i = 0; i < count; i++) {
		uint64_t least, empty;

		if (wanted && strcmp(wanted, probes[i].name))
			continue;
		empty = probe_least(&(struct probe){ 0 }, probe_nothing,
				    PROBE_BEGIN_NOTHING);
		errno = 0;
		least = probe_least(&probes[i], probes[i].run, PROBE_BEGIN);
		if (least)
			printf("probe %s %lu\n", probes[i].name,
			       (unsigned long)(least - empty));
		else
			printf("probe %s cannot: %s\n", probes[i].name,
			       strerror(errno));
		fflush(stdout);
	}
	return 0;
}

#define PROBE_MAIN(probes)                                                     \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		(void)argv;                                                    \
		/* Who was started by a probe ends at once. */                 \
		if (argc > 1)                                                  \
			return 0;                                              \
		return probe_all(probes, sizeof(probes) / sizeof((probes)[0])); \
	}

#endif
