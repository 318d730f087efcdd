/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ai_control(), and what the test programs of Llamux have in common.
 *
 * glibc has no wrapper for the call; its number is that of the kernel's own
 * <asm/unistd.h>.  Include this before kselftest_harness.h.
 */
#ifndef LLAMUX_TEST_H
#define LLAMUX_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

/*
 * The harness has every test take what few of them use, has EXPECT_EQ() and its
 * like compare whatever they are given, and calls setjmp() in each fixture.
 */
#pragma GCC diagnostic ignored "-Wclobbered"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/llamux.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LLAMUX_LIMIT "/proc/sys/user/max_llamux_conversations"

static inline int ai_control(const struct llamux_command *command,
			     size_t command_size,
			     struct llamux_response *response,
			     size_t response_size, uint32_t flags)
{
	return syscall(__NR_ai_control, command, command_size, response,
		       response_size, flags);
}

/* What a number that no call has gives. */
static inline int llamux_no_such_call(void)
{
	return syscall(-1L) == -1 ? errno : 0;
}

/* A call that has to fail, and how. */
#define EXPECT_ERR(err, call)					\
	do {							\
		long ret_, errno_;				\
								\
		errno = 0;					\
		ret_ = (call);					\
		errno_ = errno;					\
		EXPECT_EQ(-1, ret_);				\
		EXPECT_EQ(err, errno_);				\
	} while (0)

static inline struct llamux_command llamux_request(const char *text)
{
	struct llamux_command command;

	memset(&command, 0, sizeof(command));
	snprintf(command.text, sizeof(command.text), "%s", text);
	return command;
}

static inline int llamux_ask(const struct llamux_command *command,
			     struct llamux_response *response)
{
	return ai_control(command, sizeof(*command), response,
			  sizeof(*response), 0);
}

static inline uint64_t llamux_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/*
 * A copy of @size bytes of @from, of which the last @behind are behind the end
 * of the mapping; with @behind == @size all of it is unmapped.
 */
static inline void *llamux_at_the_edge(const void *from, size_t size,
				       size_t behind)
{
	const size_t page = 4096;
	char *map;

	map = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED || munmap(map + 2 * page, page))
		abort();
	if (from)
		memcpy(map + 2 * page - (size - behind), from, size - behind);
	return map + 2 * page - (size - behind);
}

/*
 * Becomes a user, for good.  Other credentials are a reason for the kernel to
 * take away what a process has in /proc, and to let it outlive its parent.
 */
static inline int llamux_be(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -1;
	return prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL) ?
	       -1 : 0;
}

/* How a child ended: its status, or 128 and the signal. */
static inline int llamux_reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static inline int llamux_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* The first line of the file, as a number; -1 if there is none. */
static inline long llamux_read_number(const char *path)
{
	char text[32] = {};
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtol(text, NULL, 10) : -1;
}

#endif /* LLAMUX_TEST_H */
