/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SynOS system calls, and what its test programs have in common.
 *
 * glibc has no wrappers for them; the numbers are those of the kernel's own
 * <asm/unistd.h>.  Include this before kselftest_harness.h.
 */
#ifndef SYNOS_H
#define SYNOS_H

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
#include <linux/capability.h>
#include <linux/synos_ai.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* -- the calls ----------------------------------------------------------- */

static inline int
synos_register_consciousness(const struct synos_consciousness_state *state,
			     size_t size, uint32_t flags)
{
	return syscall(__NR_synos_register_consciousness, state, size, flags);
}

static inline int
synos_update_state(int fd, const struct synos_consciousness_state *state,
		   size_t size, uint32_t flags)
{
	return syscall(__NR_synos_update_state, fd, state, size, flags);
}

static inline int synos_query_recommendation(struct synos_recommendation *rec,
					     size_t size, uint32_t flags)
{
	return syscall(__NR_synos_query_recommendation, rec, size, flags);
}

static inline int synos_log_event(const struct synos_ai_event *event,
				  size_t size, uint32_t flags)
{
	return syscall(__NR_synos_log_event, event, size, flags);
}

static inline int synos_get_telemetry(struct synos_telemetry *telemetry,
				      size_t size, uint32_t flags)
{
	return syscall(__NR_synos_get_telemetry, telemetry, size, flags);
}

/* -- what the tests share ------------------------------------------------- */

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

static inline struct synos_consciousness_state
synos_state(uint64_t awareness, uint64_t threat, const char *context)
{
	struct synos_consciousness_state state;

	memset(&state, 0, sizeof(state));
	state.awareness_level = awareness;
	state.threat_level = threat;
	state.learning_state = SYNOS_LEARNING_ACTIVE;
	snprintf(state.current_context, sizeof(state.current_context), "%s",
		 context);
	return state;
}

static inline struct synos_ai_event synos_event(uint32_t type,
						uint32_t severity,
						const char *description)
{
	struct synos_ai_event event;

	memset(&event, 0, sizeof(event));
	event.event_type = type;
	event.severity = severity;
	snprintf(event.description, sizeof(event.description), "%s",
		 description);
	return event;
}

/* Registers with a state nobody looks at. */
static inline int synos_register(void)
{
	struct synos_consciousness_state state = synos_state(50, 50, "test");

	return synos_register_consciousness(&state, sizeof(state), 0);
}

static inline int synos_log(uint32_t type, const char *description)
{
	struct synos_ai_event event = synos_event(type, 5, description);

	return synos_log_event(&event, sizeof(event), 0);
}

/*
 * A copy of @size bytes of @from, of which the last @behind are behind the end
 * of the mapping; with @behind == @size all of it is unmapped.
 */
static inline void *synos_at_the_edge(const void *from, size_t size,
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

/* Takes @cap out of the capabilities of this process, or all others. */
static inline int synos_caps(int cap, int only)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	uint32_t bit = 1u << (cap % 32);
	int i;

	if (syscall(SYS_capget, &header, data))
		return -1;
	for (i = 0; i < 2; i++) {
		uint32_t keep = i == cap / 32 ? bit : 0;

		data[i].effective &= only ? keep : ~keep;
		data[i].permitted &= only ? keep : ~keep;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data);
}

/* Becomes nobody, for good. */
static inline int synos_be_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return -1;
	return 0;
}

static inline int synos_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Becomes root with all capabilities there are, of a user namespace. */
static inline int synos_be_namespace_root(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %d 1", (int)geteuid());
	if (unshare(CLONE_NEWUSER) ||
	    synos_write_file("/proc/self/uid_map", map) || geteuid())
		return -1;
	return 0;
}

/* Reads what is left of the file, and terminates it.  -1 if it does not fit. */
static inline ssize_t synos_read_fd(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	buf[len] = '\0';
	return n < 0 || len == size - 1 ? -1 : (ssize_t)len;
}

static inline ssize_t synos_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = synos_read_fd(fd, buf, size);
	close(fd);
	return n;
}

/* Room for all events of the largest ring, and each with the worst escapes. */
#define SYNOS_EVENTS_BUF	(1024 * 640)

/* An event as /proc/synos/events has it. */
struct synos_line {
	unsigned long long seq, time;
	int pid;
	char type[16];
	unsigned int severity;
	char description[4 * SYNOS_DESCRIPTION_LEN];
};

/* Takes a line apart.  Returns where the next begins, NULL if it is no line. */
static inline const char *synos_parse_line(const char *at,
					   struct synos_line *line)
{
	const char *end = strchr(at, '\n');
	int n = -1;

	if (!end)
		return NULL;
	if (sscanf(at, "seq=%llu time=%llu pid=%d type=%15[a-z] severity=%u description=%n",
		   &line->seq, &line->time, &line->pid, line->type,
		   &line->severity, &n) != 5 || n < 0 || at + n > end ||
	    end - (at + n) >= (ssize_t)sizeof(line->description))
		return NULL;
	memcpy(line->description, at + n, end - (at + n));
	line->description[end - (at + n)] = '\0';
	return end + 1;
}

/* Finds the newest event of that description (as escaped). */
static inline int synos_find_event(const char *text, const char *description,
				   struct synos_line *found)
{
	struct synos_line line;
	int ret = -1;

	while (*text) {
		text = synos_parse_line(text, &line);
		if (!text)
			return -1;
		if (!strcmp(line.description, description)) {
			*found = line;
			ret = 0;
		}
	}
	return ret;
}

/* Waits for a child; 0 if it was fine. */
static inline int synos_reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#endif /* SYNOS_H */
