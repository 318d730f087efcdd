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
#include <pthread.h>
#include <sched.h>
#include <signal.h>
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

#include "synos_netlink.h"

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

/* What a number that no call has gives. */
static inline int synos_no_such_call(void)
{
	return syscall(-1L) == -1 ? errno : 0;
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

static inline struct synos_recommendation synos_question(const char *query)
{
	struct synos_recommendation rec;

	memset(&rec, 0, sizeof(rec));
	snprintf(rec.query, sizeof(rec.query), "%s", query);
	return rec;
}

/* All of it is out of this world if it cannot be had. */
static inline struct synos_telemetry synos_counters(void)
{
	struct synos_telemetry telemetry;

	if (synos_get_telemetry(&telemetry, sizeof(telemetry), 0))
		memset(&telemetry, 0xff, sizeof(telemetry));
	return telemetry;
}

static inline uint64_t synos_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
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

/*
 * Other credentials are a reason for the kernel to take away what a process has
 * in /proc, and to let it outlive its parent.
 */
static inline int synos_became(void)
{
	return prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL) ?
	       -1 : 0;
}

/* Becomes a user, for good. */
static inline int synos_be(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -1;
	return synos_became();
}

static inline int synos_be_stripped(void)
{
	return synos_caps(CAP_SYS_ADMIN, 0);
}

static inline int synos_be_nobody(void)
{
	return synos_be(65534);
}

/* A user that no other test is, and nothing is counted for yet. */
static inline uid_t synos_fresh_uid(void)
{
	static unsigned int n;

	return 100000 + 16 * getpid() + n++ % 16;
}

static inline int synos_write_file(const char *path, const char *text)
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

/* Becomes root with all capabilities there are, of a user namespace. */
static inline int synos_be_namespace_root(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %d 1", (int)geteuid());
	if (unshare(CLONE_NEWUSER) ||
	    synos_write_file("/proc/self/uid_map", map) || geteuid())
		return -1;
	return synos_became();
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

/* One of /proc/sys/kernel/synos/; -1 if it cannot be had. */
static inline long synos_sysctl(const char *name)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/proc/sys/kernel/synos/%s", name);
	if (synos_read_file(path, text, sizeof(text)) < 0)
		return -1;
	return strtol(text, NULL, 10);
}

static inline int synos_set_sysctl(const char *name, long value)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/proc/sys/kernel/synos/%s", name);
	snprintf(text, sizeof(text), "%ld\n", value);
	return synos_write_file(path, text);
}

/* What the tests find, and have to leave. */
struct synos_sysctls {
	long min_severity, event_types, unprivileged_rate, ring_size;
};

static inline int synos_save_sysctls(struct synos_sysctls *all)
{
	all->min_severity = synos_sysctl("min_severity");
	all->event_types = synos_sysctl("event_types");
	all->unprivileged_rate = synos_sysctl("unprivileged_rate");
	all->ring_size = synos_sysctl("ring_size");
	return all->min_severity < 0 || all->event_types < 0 ||
	       all->unprivileged_rate < 0 || all->ring_size < 0 ? -1 : 0;
}

static inline int synos_restore_sysctls(const struct synos_sysctls *all)
{
	int ret = 0;

	ret |= synos_set_sysctl("min_severity", all->min_severity);
	ret |= synos_set_sysctl("event_types", all->event_types);
	ret |= synos_set_sysctl("unprivileged_rate", all->unprivileged_rate);
	if (synos_sysctl("ring_size") != all->ring_size)
		ret |= synos_set_sysctl("ring_size", all->ring_size);
	return ret;
}

/* Room for 1024 events, each with the worst escapes. */
#define SYNOS_EVENTS_BUF	(1024 * 640)

/* An event as /proc/synos/events has it. */
struct synos_line {
	unsigned long long seq, time;
	int pid;
	unsigned int uid;
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
	if (sscanf(at, "seq=%llu time=%llu pid=%d uid=%u type=%15[a-z] severity=%u description=%n",
		   &line->seq, &line->time, &line->pid, &line->uid, line->type,
		   &line->severity, &n) != 6 || n < 0 || at + n > end ||
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

/*
 * Waits for a child; 0 if it was fine, 128 if a signal ended it, and 129 if
 * nothing did, which is made up for.
 */
static inline int synos_reap(pid_t pid)
{
	struct pollfd pollfd = { .events = POLLIN };
	int status, n;

	pollfd.fd = syscall(SYS_pidfd_open, pid, 0);
	if (pollfd.fd < 0)
		return -1;
	do {
		n = poll(&pollfd, 1, SYNOS_NL_PATIENCE);
	} while (n < 0 && errno == EINTR);
	close(pollfd.fd);
	if (!n)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	if (!n)
		return 129;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* A child that does not outlive this process. */
static inline pid_t synos_fork(void)
{
	pid_t parent = getpid(), pid;

	pid = fork();
	/* 0 is a parent outside of the PID namespace. */
	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
		     (getppid() && getppid() != parent)))
		_exit(126);
	return pid;
}

/*
 * What @what returns in a process that has become something else before.  Most
 * return an errno.
 */
static inline int synos_as(int (*become)(void), int (*what)(void *), void *arg)
{
	pid_t pid;

	pid = synos_fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		if (become())
			_exit(125);
		_exit(what(arg));
	}
	return synos_reap(pid);
}

static inline int synos_send_fd(int sock, int fd)
{
	char byte = 'x', control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -1;
}

static inline int synos_receive_fd(int sock)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/*
 * How many PID namespaces there may be, which is how to see that those of which
 * nothing should be left are gone; @before is what to set it back to.
 */
#define SYNOS_MAX_PID_NAMESPACES	"/proc/sys/user/max_pid_namespaces"

static inline int synos_limit_pid_namespaces(const char *to, char before[32])
{
	if (before && synos_read_file(SYNOS_MAX_PID_NAMESPACES, before, 32) < 0)
		return -1;
	return synos_write_file(SYNOS_MAX_PID_NAMESPACES, to);
}

/*
 * Does @what as the first process of a new PID namespace.  One that was let go
 * is gone a little later, so that is waited for if there are too many; 127 if it
 * was in vain.
 */
static inline int synos_in_pid_namespace(int (*what)(void *), void *arg)
{
	uint64_t end = synos_now() + 5000000000ULL;
	struct timespec tick = { .tv_nsec = 5000000 };
	pid_t pid, first;

	pid = synos_fork();
	if (pid < 0)
		return -1;
	if (pid)
		return synos_reap(pid);
	while (unshare(CLONE_NEWPID)) {
		if (errno != ENOSPC || synos_now() > end)
			_exit(127);
		nanosleep(&tick, NULL);
	}
	first = synos_fork();
	if (!first)
		_exit(what(arg));
	_exit(first < 0 ? 126 : synos_reap(first));
}

/* The state of a thread, as a letter; 0 if there is none. */
static inline char synos_thread_state(pid_t tid)
{
	char path[64], text[512], *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	if (synos_read_file(path, text, sizeof(text)) < 0)
		return 0;
	at = strrchr(text, ')');
	return at ? at[2] : 0;
}

/* Waits until a thread sleeps, or is what else @state says. */
static inline int synos_wait_state(pid_t tid, char state)
{
	uint64_t end = synos_now() + 10000000000ULL;
	struct timespec tick = { .tv_nsec = 1000000 };

	while (synos_thread_state(tid) != state) {
		if (synos_now() > end)
			return -1;
		nanosleep(&tick, NULL);
	}
	return 0;
}

/* -- the daemon, and those who ask it ------------------------------------- */

struct synos_daemon {
	int fd;
	struct synos_nl nl;
};

static inline void synos_daemon_stop(struct synos_daemon *daemon)
{
	if (daemon->fd >= 0)
		close(daemon->fd);
	daemon->fd = -1;
	synos_nl_close(&daemon->nl);
}

/* Registers and joins. */
static inline int synos_daemon_start(struct synos_daemon *daemon)
{
	daemon->fd = synos_register();
	if (synos_nl_open(&daemon->nl) || daemon->fd < 0 ||
	    synos_nl_join(&daemon->nl, daemon->fd)) {
		synos_daemon_stop(daemon);
		return -1;
	}
	return 0;
}

/* A thread that asks. */
struct synos_asker {
	pthread_t thread;
	pid_t tid;
	struct synos_recommendation rec;
	int ret, err;
};

static inline void *synos_asker_run(void *arg)
{
	struct synos_asker *asker = arg;

	__atomic_store_n(&asker->tid, gettid(), __ATOMIC_RELEASE);
	asker->ret = synos_query_recommendation(&asker->rec,
						sizeof(asker->rec), 0);
	asker->err = asker->ret ? errno : 0;
	return NULL;
}

static inline int synos_asker_start(struct synos_asker *asker,
				    const char *query, uint64_t deadline)
{
	memset(asker, 0, sizeof(*asker));
	asker->rec = synos_question(query);
	asker->rec.deadline = deadline;
	errno = pthread_create(&asker->thread, NULL, synos_asker_run, asker);
	return errno ? -1 : 0;
}

/* Waits for it to be back; -1 if it does not come. */
static inline int synos_asker_join(struct synos_asker *asker)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += 10;
	errno = pthread_timedjoin_np(asker->thread, NULL, &ts);
	return errno ? -1 : 0;
}

/* Whether it is back already. */
static inline int synos_asker_done(struct synos_asker *asker)
{
	errno = pthread_tryjoin_np(asker->thread, NULL);
	return !errno;
}

/* Waits for the question of @asker; -1 if that is back without being asked. */
static inline int synos_asker_query(struct synos_asker *asker,
				    struct synos_nl *nl,
				    struct synos_nl_query *query)
{
	uint64_t end = synos_now() + 10000000000ULL;

	while (synos_nl_next_query(nl, query, 20)) {
		if (errno != EAGAIN || synos_now() > end)
			return -1;
		if (synos_asker_done(asker)) {
			errno = asker->err;
			return -1;
		}
	}
	return 0;
}

#endif /* SYNOS_H */
