// SPDX-License-Identifier: GPL-2.0-only
/* System calls, cheap and less so. */
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "probe.h"

static int zero = -1;

static int getppid_run(void)
{
	return syscall(SYS_getppid) < 0;
}

static int read_before(void)
{
	if (zero < 0)
		zero = open("/dev/zero", O_RDONLY);
	return zero < 0;
}

static int read_run(void)
{
	char byte;

	return read(zero, &byte, 1) != 1;
}

static int futex_run(void)
{
	static uint32_t word;

	return syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int open_run(void)
{
	struct stat status;
	int fd = open("/dev/zero", O_RDONLY);

	return fd < 0 || fstat(fd, &status) || close(fd);
}

static const struct probe probes[] = {
	{ "getppid", getppid_run, NULL, NULL },
	{ "read-1-byte", read_run, read_before, NULL },
	{ "futex-wake", futex_run, NULL, NULL },
	{ "open-stat-close", open_run, NULL, NULL },
};

PROBE_MAIN(probes)
