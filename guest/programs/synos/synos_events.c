// SPDX-License-Identifier: GPL-2.0-only
/*
 * Logging of events, and /proc/synos/events.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <sys/mount.h>

#define PROC	"/proc/synos/events"

static char text[SYNOS_EVENTS_BUF];

TEST(success)
{
	static const char *const names[] = {
		"syscall", "security", "network", "filesystem",
	};
	struct synos_telemetry before = synos_counters(), after;
	struct synos_line line;
	uint64_t start, end;
	unsigned int type;

	start = synos_now();
	for (type = SYNOS_EVENT_SYSCALL; type <= SYNOS_EVENT_FILESYSTEM; type++) {
		struct synos_ai_event event = synos_event(type, 2 * type, "");

		snprintf(event.description, sizeof(event.description),
			 "success of type %u", type);
		EXPECT_EQ(0, synos_log_event(&event, sizeof(event), 0));
	}
	end = synos_now();

	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	for (type = SYNOS_EVENT_SYSCALL; type <= SYNOS_EVENT_FILESYSTEM; type++) {
		char description[64];

		snprintf(description, sizeof(description),
			 "success of type %u", type);
		ASSERT_EQ(0, synos_find_event(text, description, &line));
		EXPECT_EQ(before.events_logged + type, line.seq);
		EXPECT_EQ(getpid(), line.pid);
		EXPECT_EQ(0, line.uid);
		EXPECT_EQ(2 * type, line.severity);
		EXPECT_STREQ(names[type - 1], line.type);
		EXPECT_LE(start, line.time);
		EXPECT_GE(end, line.time);
		start = line.time;
	}

	after = synos_counters();
	EXPECT_EQ(before.events_logged + 4, after.events_logged);
	EXPECT_EQ(before.syscall_events + 1, after.syscall_events);
	EXPECT_EQ(before.security_events + 1, after.security_events);
	EXPECT_EQ(before.network_events + 1, after.network_events);
	EXPECT_EQ(before.filesystem_events + 1, after.filesystem_events);
}

TEST(no_daemon_needed)
{
	int fd;

	/* There is none, as this succeeds. */
	fd = synos_register();
	ASSERT_LE(0, fd);
	close(fd);
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, "no daemon"));
}

TEST(limits_of_the_values)
{
	struct synos_ai_event event = synos_event(1, 0, "");

	EXPECT_EQ(0, synos_log_event(&event, sizeof(event), 0));
	event.severity = 10;
	memset(event.description, 'x', sizeof(event.description) - 1);
	EXPECT_EQ(0, synos_log_event(&event, sizeof(event), 0));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, event.description));
}

TEST(einval)
{
	const struct synos_ai_event good = synos_event(1, 2, "refused");
	struct synos_telemetry before = synos_counters(), after;
	struct synos_ai_event event = good;
	const size_t size = sizeof(event);

	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 1));
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 1u << 31));
	EXPECT_ERR(EINVAL, synos_log_event(&event, 0, 0));
	EXPECT_ERR(EINVAL, synos_log_event(&event,
					   SYNOS_AI_EVENT_SIZE_VER0 - 1, 0));
	event.event_type = 0;
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event.event_type = 5;
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event.event_type = -1u;
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event = good;
	event.severity = 11;
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event = good;
	event.pid = getpid();
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event = good;
	event.timestamp = 1;
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event = good;
	event.reserved = 1;
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));
	event = good;
	memset(event.description, 'x', sizeof(event.description));
	EXPECT_ERR(EINVAL, synos_log_event(&event, size, 0));

	after = synos_counters();
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* With the last @behind bytes of the event out of reach. */
static int log_edge(const struct synos_ai_event *event, size_t size,
		    size_t behind)
{
	return synos_log_event(synos_at_the_edge(event, size, behind), size, 0);
}

TEST(efault)
{
	const struct synos_ai_event event = synos_event(1, 2, "unreadable");
	const size_t size = sizeof(event);

	EXPECT_ERR(EFAULT, synos_log_event(NULL, size, 0));
	EXPECT_ERR(EFAULT, synos_log_event((void *)-4096L, size, 0));
	EXPECT_ERR(EFAULT, log_edge(&event, size, size));
	EXPECT_ERR(EFAULT, log_edge(&event, size, size / 2));
	EXPECT_ERR(EFAULT, log_edge(&event, size, 1));
	/* What is behind the fields known has to be readable, too. */
	EXPECT_ERR(EFAULT, log_edge(&event, size + 8, 8));
	EXPECT_EQ(0, log_edge(&event, size, 0));
}

TEST(larger_struct)
{
	struct {
		struct synos_ai_event event;
		char tail[8192];
	} big = {};
	const size_t size = sizeof(big.event);
	struct synos_telemetry before = synos_counters();
	struct synos_line line;

	big.event = synos_event(1, 2, "larger by one");
	EXPECT_EQ(0, synos_log_event(&big.event, size + 1, 0));
	big.event = synos_event(2, 3, "larger, a page");
	EXPECT_EQ(0, synos_log_event(&big.event, 4096, 0));
	EXPECT_EQ(before.events_logged + 2, synos_counters().events_logged);

	big.event = synos_event(3, 4, "too large");
	EXPECT_ERR(E2BIG, synos_log_event(&big.event, 4097, 0));
	big.tail[4095 - size] = 1;
	EXPECT_ERR(E2BIG, synos_log_event(&big.event, 4096, 0));
	EXPECT_EQ(before.events_logged + 2, synos_counters().events_logged);

	big.event = synos_event(4, 5, "larger, nearly a page");
	EXPECT_EQ(0, synos_log_event(&big.event, 4095, 0));
	EXPECT_EQ(before.events_logged + 3, synos_counters().events_logged);

	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "larger by one", &line));
	EXPECT_EQ(before.events_logged + 1, line.seq);
	EXPECT_EQ(2, line.severity);
	EXPECT_STREQ("syscall", line.type);
	ASSERT_EQ(0, synos_find_event(text, "larger, a page", &line));
	EXPECT_EQ(before.events_logged + 2, line.seq);
	EXPECT_EQ(3, line.severity);
	EXPECT_STREQ("security", line.type);
	ASSERT_EQ(0, synos_find_event(text, "larger, nearly a page", &line));
	EXPECT_EQ(before.events_logged + 3, line.seq);
	EXPECT_EQ(5, line.severity);
	EXPECT_STREQ("filesystem", line.type);
	EXPECT_EQ(-1, synos_find_event(text, "too large", &line));
}

/* How often: see synos_limits. */
TEST(anyone_may_log)
{
	uid_t uid = synos_fresh_uid();
	struct synos_line line;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (synos_be(uid) ||
		    synos_log(SYNOS_EVENT_SECURITY, "by anyone") ||
		    synos_log_event(NULL, 0, 1) != -1 || errno != EINVAL)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(0, synos_reap(pid));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "by anyone", &line));
	EXPECT_EQ(pid, line.pid);
	EXPECT_EQ(uid, line.uid);
	EXPECT_STREQ("security", line.type);
}

/* The real one: it is who is accountable, and who the limit is of. */
TEST(uid_of_the_caller)
{
	uid_t uid = synos_fresh_uid(), effective = synos_fresh_uid();
	struct synos_line line;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (setresuid(uid, effective, effective) ||
		    synos_log(SYNOS_EVENT_SYSCALL, "by two users"))
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(0, synos_reap(pid));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "by two users", &line));
	EXPECT_EQ(uid, line.uid);
}

/* As that of the namespace outside, which is all that counts. */
TEST(uid_in_a_user_namespace)
{
	uid_t uid = synos_fresh_uid();
	struct synos_line line;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (synos_be(uid) || synos_be_namespace_root() || getuid() ||
		    synos_log(SYNOS_EVENT_SYSCALL, "by a root of its own"))
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(0, synos_reap(pid));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "by a root of its own", &line));
	EXPECT_EQ(uid, line.uid);
}

TEST(overflow_drops_the_oldest_and_counts)
{
	struct synos_telemetry before = synos_counters(), after = before;
	const uint64_t capacity = before.ring_capacity;
	const uint64_t more = capacity + 17;
	uint64_t held, i;
	struct synos_line line;
	const char *at;

	ASSERT_LE(16, capacity);
	ASSERT_GE(1024, capacity);
	held = before.events_logged - before.events_dropped;
	ASSERT_GE(capacity, held);

	for (i = 0; i < more; i++) {
		char description[32];

		snprintf(description, sizeof(description), "overflow %d", (int)i);
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, description));

		/* One by one, whether the ring was full or not. */
		after = synos_counters();
		ASSERT_EQ(before.events_logged + i + 1, after.events_logged);
		ASSERT_EQ(before.events_dropped +
			  (held + i + 1 > capacity ? held + i + 1 - capacity : 0),
			  after.events_dropped);
	}

	/* Exactly the newest are there, in order and without a gap. */
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	at = text;
	for (i = 0; i < capacity; i++) {
		char description[32];

		at = synos_parse_line(at, &line);
		ASSERT_NE(NULL, at);
		ASSERT_EQ(after.events_logged - capacity + 1 + i, line.seq);
		snprintf(description, sizeof(description), "overflow %d",
			 (int)(more - capacity + i));
		ASSERT_STREQ(description, line.description);
	}
	EXPECT_EQ('\0', *at);
}

TEST(escaped)
{
	static const struct {
		const char *raw, *shown;
	} cases[] = {
		{ "one\nseq=1 time=1 pid=1 type=syscall severity=0 description=forged",
		  "one\\nseq=1 time=1 pid=1 type=syscall severity=0 description=forged" },
		{ "tab\tand\rreturn", "tab\\tand\\rreturn" },
		{ "red \033[31m", "red \\e[31m" },
		{ "back\\n", "back\\\\n" },
		{ "\"quoted\" 100% 'fine'", "\"quoted\" 100% 'fine'" },
		{ "\x01\x7f\xc3\xa9\xff", "\\001\\177\\303\\251\\377" },
	};
	struct synos_line line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SECURITY, cases[i].raw));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_EQ(0, synos_find_event(text, cases[i].shown, &line)) {
			TH_LOG("case %zu is not there", i);
		}
	EXPECT_EQ(-1, synos_find_event(text, "forged", &line));
}

/* The process that logged is told, and also once it is gone. */
TEST(pid_of_the_dead)
{
	struct synos_line line;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_log(SYNOS_EVENT_SYSCALL, "the dead") ? 1 : 0);
	ASSERT_EQ(0, synos_reap(pid));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "the dead", &line));
	EXPECT_EQ(pid, line.pid);
}

/* In a PID namespace the same event has another pid, or none. */
TEST(pid_namespace)
{
	struct synos_line line;
	int status, ret = 0;
	pid_t pid;

	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "outside"));
	ASSERT_EQ(0, unshare(CLONE_NEWPID | CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (getpid() != 1 || synos_log(SYNOS_EVENT_SYSCALL, "inside"))
			_exit(1);
		/* Still the /proc of the namespace outside. */
		if (synos_read_file(PROC, text, sizeof(text)) < 0 ||
		    synos_find_event(text, "inside", &line) || line.pid == 1)
			_exit(2);
		if (mount("proc", "/proc", "proc", 0, NULL))
			_exit(3);
		if (synos_read_file(PROC, text, sizeof(text)) < 0 ||
		    synos_find_event(text, "inside", &line) || line.pid != 1)
			_exit(4);
		if (synos_find_event(text, "outside", &line) || line.pid)
			_exit(5);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ret = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
	EXPECT_EQ(0, ret);

	/* The child lives on in the mount of the namespace outside. */
	ASSERT_EQ(0, umount("/proc"));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "inside", &line));
	EXPECT_EQ(pid, line.pid);
}

/* What is shown is what there was when the file was opened. */
TEST(reading_while_overwritten)
{
	static char first[SYNOS_EVENTS_BUF];
	const uint64_t capacity = synos_counters().ring_capacity;
	ssize_t len, i;
	uint64_t n;
	int fd;

	for (n = 0; n < capacity; n++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "before"));
	len = synos_read_file(PROC, first, sizeof(first));
	ASSERT_LT(0, len);
	fd = open(PROC, O_RDONLY);
	ASSERT_LE(0, fd);

	/* All of the ring is overwritten, at every offset of the reader. */
	for (i = 0; i < len; i++) {
		char byte;

		if (i % 16 == 0)
			ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL,
					       "after, and longer"));
		ASSERT_EQ(1, read(fd, &byte, 1));
		ASSERT_EQ(first[i], byte);
	}
	ASSERT_EQ(0, read(fd, text, 1));

	/* The same by offset. */
	for (i = len - 1; i >= 0; i -= 997) {
		ASSERT_EQ(i, lseek(fd, i, SEEK_SET));
		ASSERT_EQ(len - i, synos_read_fd(fd, text, sizeof(text)));
		ASSERT_EQ(0, memcmp(first + i, text, len - i));
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "later"));
	}
	close(fd);

	/* Who opens it now sees the new ones. */
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_EQ(NULL, strstr(text, "description=before\n"));
	EXPECT_NE(NULL, strstr(text, "description=later\n"));
}

TEST_HARNESS_MAIN
