// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/sys/kernel/synos: which events are taken at all, how many from those
 * without the capability, and how many of them are held.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <dirent.h>
#include <sys/stat.h>

#define DIR_NAME	"/proc/sys/kernel/synos/"
#define PROC		"/proc/synos/events"
#define SECOND		1000000000ULL

static const struct {
	const char *name;
	long good[8], bad[10];
} sysctls[] = {
	{ "min_severity", { 0, 1, 5, 9, 10, -1 }, { -1, 11, 100, 1L << 32, 0 } },
	{ "event_types", { 0, 1, 2, 4, 8, 10, 15, -1 }, { -1, 16, 31, 255, 0 } },
	{ "unprivileged_rate", { 0, 1, 10, 500, 1000, -1 },
	  { -1, 1001, 1L << 31, 1L << 32, 0 } },
	{ "ring_size", { 16, 32, 64, 1024, 16, -1 },
	  { -16, -1, 1, 8, 15, 17, 48, 1000, 1L << 17, 0 } },
};

#define NSYSCTLS	(ARRAY_SIZE(sysctls))

FIXTURE(limits) {
	struct synos_sysctls sysctls;
};

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, synos_save_sysctls(&self->sysctls));
}

/* By a process that can, whatever the test became. */
FIXTURE_TEARDOWN_PARENT(limits)
{
	EXPECT_EQ(0, synos_restore_sysctls(&self->sysctls));
}

static char text[SYNOS_EVENTS_BUF], other[SYNOS_EVENTS_BUF];

static int log_severity(uint32_t type, uint32_t severity,
			const char *description)
{
	struct synos_ai_event event = synos_event(type, severity, description);

	return synos_log_event(&event, sizeof(event), 0);
}

/* -- the files ------------------------------------------------------------ */

TEST_F(limits, modes)
{
	struct dirent *entry;
	struct stat st;
	size_t i, n = 0;
	char path[64];
	DIR *dir;

	dir = opendir(DIR_NAME);
	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	EXPECT_EQ(NSYSCTLS, n);
	for (i = 0; i < NSYSCTLS; i++) {
		snprintf(path, sizeof(path), DIR_NAME "%s", sysctls[i].name);
		ASSERT_EQ(0, stat(path, &st));
		EXPECT_EQ(S_IFREG | 0644, st.st_mode);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
	}
}

/* As the kernel comes up: all tests leave it like that. */
TEST_F(limits, defaults)
{
	EXPECT_EQ(0, self->sysctls.min_severity);
	EXPECT_EQ(15, self->sysctls.event_types);
	EXPECT_EQ(10, self->sysctls.unprivileged_rate);
	EXPECT_LE(16, self->sysctls.ring_size);
	EXPECT_GE(65536, self->sysctls.ring_size);
	EXPECT_EQ(0, self->sysctls.ring_size & (self->sysctls.ring_size - 1));
	EXPECT_EQ(self->sysctls.ring_size, synos_counters().ring_capacity);
}

TEST_F(limits, ranges)
{
	size_t i, n;

	for (i = 0; i < NSYSCTLS; i++) {
		for (n = 0; sysctls[i].good[n] != -1; n++) {
			EXPECT_EQ(0, synos_set_sysctl(sysctls[i].name,
						      sysctls[i].good[n]));
			EXPECT_EQ(sysctls[i].good[n],
				  synos_sysctl(sysctls[i].name));
		}
		/* The last one is still there after all that are no good. */
		for (n = 0; n < 10 && (sysctls[i].bad[n] || !n); n++) {
			EXPECT_ERR(EINVAL, synos_set_sysctl(sysctls[i].name,
							    sysctls[i].bad[n]));
		}
	}
	EXPECT_EQ(10, synos_sysctl("min_severity"));
	EXPECT_EQ(15, synos_sysctl("event_types"));
	EXPECT_EQ(1000, synos_sysctl("unprivileged_rate"));
	EXPECT_EQ(16, synos_sysctl("ring_size"));
	EXPECT_EQ(16, synos_counters().ring_capacity);
}

TEST_F(limits, zero_is_no_size)
{
	EXPECT_ERR(EINVAL, synos_set_sysctl("ring_size", 0));
	EXPECT_EQ(self->sysctls.ring_size, synos_sysctl("ring_size"));
}

TEST_F(limits, no_numbers)
{
	static const char *const bad[] = { "x\n", "-\n", "1x\n", "0x\n" };
	char path[64];
	size_t i, n;

	for (i = 0; i < NSYSCTLS; i++) {
		snprintf(path, sizeof(path), DIR_NAME "%s", sysctls[i].name);
		for (n = 0; n < ARRAY_SIZE(bad); n++)
			EXPECT_ERR(EINVAL, synos_write_file(path, bad[n]));
	}
	/* ranges put them there before, and the teardown has put them back. */
	EXPECT_EQ(self->sysctls.min_severity, synos_sysctl("min_severity"));
	EXPECT_EQ(self->sysctls.ring_size, synos_sysctl("ring_size"));
}

/* -- who may set them ----------------------------------------------------- */

FIXTURE(setting) {
	struct synos_sysctls sysctls;
};

FIXTURE_VARIANT(setting) {
	int (*become)(void);
	int err;
};

static int be_anothers_namespace_root(void)
{
	return synos_be_nobody() || synos_be_namespace_root() ? -1 : 0;
}

FIXTURE_VARIANT_ADD(setting, nobody) {
	.become = synos_be_nobody,
	.err = EACCES,
};

/* They own the file, which is not enough. */
FIXTURE_VARIANT_ADD(setting, stripped) {
	.become = synos_be_stripped,
	.err = EPERM,
};

FIXTURE_VARIANT_ADD(setting, namespace_root) {
	.become = synos_be_namespace_root,
	.err = EPERM,
};

FIXTURE_VARIANT_ADD(setting, anothers_namespace_root) {
	.become = be_anothers_namespace_root,
	.err = EACCES,
};

FIXTURE_SETUP(setting)
{
	ASSERT_EQ(0, synos_save_sysctls(&self->sysctls));
}

FIXTURE_TEARDOWN_PARENT(setting)
{
	struct synos_sysctls now;

	EXPECT_EQ(0, synos_save_sysctls(&now));
	EXPECT_EQ(0, memcmp(&self->sysctls, &now, sizeof(now)));
	EXPECT_EQ(0, synos_restore_sysctls(&self->sysctls));
}

TEST_F(setting, refused)
{
	size_t i;

	ASSERT_EQ(0, variant->become());
	for (i = 0; i < NSYSCTLS; i++) {
		EXPECT_LE(0, synos_sysctl(sysctls[i].name));
		EXPECT_ERR(variant->err, synos_set_sysctl(sysctls[i].name,
							  sysctls[i].good[1]));
	}
}

TEST(no_other_capability_to_set)
{
	size_t i;

	ASSERT_EQ(0, synos_caps(CAP_SYS_ADMIN, 1));
	for (i = 0; i < NSYSCTLS; i++)
		EXPECT_EQ(0, synos_set_sysctl(sysctls[i].name,
					      synos_sysctl(sysctls[i].name)));
}

/* -- the filter of the ring ----------------------------------------------- */

TEST_F(limits, filter_by_severity)
{
	struct synos_telemetry before, after;
	struct synos_line line;
	uint32_t i;

	ASSERT_EQ(0, synos_set_sysctl("min_severity", 6));
	before = synos_counters();
	/* Whoever logs is not told. */
	for (i = 0; i <= SYNOS_SEVERITY_MAX; i++)
		EXPECT_EQ(0, log_severity(SYNOS_EVENT_SECURITY, i,
					  i < 6 ? "refused" : "accepted"));
	after = synos_counters();
	EXPECT_EQ(before.events_filtered + 6, after.events_filtered);
	EXPECT_EQ(before.events_logged + 5, after.events_logged);
	EXPECT_EQ(before.security_events + 5, after.security_events);
	EXPECT_EQ(before.events_limited, after.events_limited);
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_EQ(-1, synos_find_event(text, "refused", &line));
	ASSERT_EQ(0, synos_find_event(text, "accepted", &line));
	/* Without a gap. */
	EXPECT_EQ(after.events_logged, line.seq);
	EXPECT_EQ(10, line.severity);

	ASSERT_EQ(0, synos_set_sysctl("min_severity", 0));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SECURITY, 0, "accepted again"));
	EXPECT_EQ(after.events_logged + 1, synos_counters().events_logged);
}

TEST_F(limits, filter_by_type)
{
	struct synos_telemetry before, after;
	uint32_t mask, type;

	for (mask = 0; mask <= 15; mask++) {
		int bits = __builtin_popcount(mask);

		ASSERT_EQ(0, synos_set_sysctl("event_types", mask));
		before = synos_counters();
		for (type = 1; type <= 4; type++)
			EXPECT_EQ(0, synos_log(type, "what kind?"));
		after = synos_counters();
		EXPECT_EQ(before.events_logged + bits, after.events_logged);
		EXPECT_EQ(before.events_filtered + 4 - bits,
			  after.events_filtered);
		EXPECT_EQ(before.syscall_events + !!(mask & 1),
			  after.syscall_events);
		EXPECT_EQ(before.security_events + !!(mask & 2),
			  after.security_events);
		EXPECT_EQ(before.network_events + !!(mask & 4),
			  after.network_events);
		EXPECT_EQ(before.filesystem_events + !!(mask & 8),
			  after.filesystem_events);
	}
}

/* What is wrong is wrong, whether somebody wants to hear of it or not. */
TEST_F(limits, filter_is_no_excuse)
{
	struct synos_ai_event event = synos_event(1, 11, "wrong");
	struct synos_telemetry before;

	ASSERT_EQ(0, synos_set_sysctl("event_types", 0));
	before = synos_counters();
	EXPECT_ERR(EINVAL, synos_log_event(&event, sizeof(event), 0));
	event = synos_event(5, 1, "wrong");
	EXPECT_ERR(EINVAL, synos_log_event(&event, sizeof(event), 0));
	event = synos_event(1, 1, "wrong");
	EXPECT_ERR(EINVAL, synos_log_event(&event, sizeof(event), 1));
	EXPECT_EQ(before.events_filtered, synos_counters().events_filtered);
}

/* -- the limit of users --------------------------------------------------- */

/*
 * Logs until it is refused, at most @max times.  Returns how often it was not,
 * or a negative error other than EAGAIN.
 */
static int log_until_refused(int max)
{
	int i;

	for (i = 0; i < max; i++)
		if (synos_log(SYNOS_EVENT_SYSCALL, "of a user"))
			return errno == EAGAIN ? i : -errno;
	return i;
}

/* Becomes a user and back, which only root can. */
static int switch_to(uid_t uid)
{
	return setresuid(uid, uid, 0);
}

static int switch_back(void)
{
	return setresuid(0, 0, 0);
}

/* No more than @rate a second, but those that were saved up, and a second on. */
#define MOST(rate, start)	((rate) * (2 + (synos_now() - (start)) / SECOND))

TEST_F(limits, rate)
{
	static const int rates[] = { 1, 3, 10, 50 };
	struct synos_telemetry before, after;
	uint64_t start;
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", rates[i]));
		before = synos_counters();
		ASSERT_EQ(0, switch_to(synos_fresh_uid()));
		start = synos_now();
		n = log_until_refused(1000);
		ASSERT_EQ(0, switch_back());
		/* All that is due at once, and nearly nothing more. */
		EXPECT_LE(rates[i], n);
		EXPECT_GE(MOST(rates[i], start), n);
		after = synos_counters();
		EXPECT_EQ(before.events_limited + 1, after.events_limited);
		EXPECT_EQ(before.events_logged + n, after.events_logged);
		EXPECT_EQ(before.events_filtered, after.events_filtered);
	}
}

/* It is per second: time gives it back. */
TEST_F(limits, rate_recovers)
{
	struct timespec tick = { .tv_nsec = 5000000 };
	uint64_t start, end;
	int n, more = 0;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 4));
	ASSERT_EQ(0, switch_to(synos_fresh_uid()));
	start = synos_now();
	n = log_until_refused(1000);
	ASSERT_LE(4, n);
	/* A second is enough for as many as there were, if not for all at once. */
	end = start + 5 * SECOND;
	while (more < 4 && synos_now() < end) {
		more += synos_log(SYNOS_EVENT_SYSCALL, "later") == 0;
		nanosleep(&tick, NULL);
	}
	EXPECT_EQ(4, more);
	EXPECT_GE(MOST(4, start), n + more);
	/* And it was not given back just like that. */
	EXPECT_LE(start + SECOND / 2, synos_now());
	ASSERT_EQ(0, switch_back());
}

TEST_F(limits, rate_of_zero)
{
	struct synos_telemetry before;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 0));
	before = synos_counters();
	ASSERT_EQ(0, switch_to(synos_fresh_uid()));
	EXPECT_ERR(EPERM, synos_log(SYNOS_EVENT_SYSCALL, "of nobody"));
	EXPECT_ERR(EPERM, synos_log(SYNOS_EVENT_SYSCALL, "of nobody"));
	ASSERT_EQ(0, switch_back());
	EXPECT_EQ(before.events_logged, synos_counters().events_logged);
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "of root"));
}

static int log_one(void *arg)
{
	return synos_log(SYNOS_EVENT_SYSCALL, "just one") ? errno : 0;
}

/* Not by being another process, nor root of something. */
TEST_F(limits, rate_is_of_the_user)
{
	uid_t uid = synos_fresh_uid();
	int again, inside, others;
	uint64_t start;
	pid_t pid;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 1));
	do {
		ASSERT_EQ(0, switch_to(uid));
		start = synos_now();
		ASSERT_LE(0, log_until_refused(1000));
		ASSERT_EQ(0, switch_back());
		pid = synos_fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(synos_be(uid) ? 125 : log_one(NULL));
		again = synos_reap(pid);
		pid = synos_fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(synos_be(uid) || synos_be_namespace_root() ?
			      125 : log_one(NULL));
		inside = synos_reap(pid);
		/* By the real user. */
		pid = synos_fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(setresuid(uid, uid + 1, uid + 1) ?
			      125 : log_one(NULL));
		others = synos_reap(pid);
		/* Unless that took so long that it was due again. */
	} while (synos_now() - start > SECOND / 2);
	EXPECT_EQ(EAGAIN, again);
	EXPECT_EQ(EAGAIN, inside);
	EXPECT_EQ(EAGAIN, others);
}

/* By the effective user it is not, even if that is root. */
TEST_F(limits, rate_of_a_stripped_root)
{
	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 3));
	ASSERT_EQ(0, synos_be_stripped());
	EXPECT_GT(500, log_until_refused(500));
}

TEST_F(limits, rate_is_not_of_root)
{
	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 1));
	EXPECT_EQ(500, log_until_refused(500));
	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 0));
	EXPECT_EQ(100, log_until_refused(100));
	ASSERT_EQ(0, synos_caps(CAP_SYS_ADMIN, 1));
	EXPECT_EQ(100, log_until_refused(100));
}

/* One that spends all of it, and more, takes nothing from others. */
TEST_F(limits, nobody_is_starved)
{
	uid_t greedy = synos_fresh_uid(), modest;
	int i;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 2));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, switch_to(greedy));
		EXPECT_GT(100, log_until_refused(100));
		ASSERT_EQ(0, switch_back());
		modest = 2000000 + 64 * getpid() + i;
		ASSERT_EQ(0, switch_to(modest));
		EXPECT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "of the modest"));
		EXPECT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "of the modest"));
		ASSERT_EQ(0, switch_back());
	}
}

/* Each has what is due to it, and the first is known when the last has come. */
TEST_F(limits, many_users)
{
	const int users = 200;
	uid_t first = 3000000 + 1024 * getpid();
	int i, round = 0, forgotten, refused = 0;
	uint64_t start;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 1));
	do {
		first += users;
		start = synos_now();
		for (i = 0; i < users; i++) {
			ASSERT_EQ(0, switch_to(first + i));
			refused += synos_log(SYNOS_EVENT_SYSCALL, "many") != 0;
			ASSERT_EQ(0, switch_back());
		}
		ASSERT_EQ(0, switch_to(first));
		forgotten = synos_log(SYNOS_EVENT_SYSCALL, "first") == 0;
		ASSERT_EQ(0, switch_back());
		/* Only what took less than a second tells anything of that. */
	} while (forgotten && synos_now() - start > 9 * SECOND / 10 &&
		 ++round < 5);
	EXPECT_EQ(0, refused);
	EXPECT_EQ(0, forgotten);
}

/* More than there is memory for may be treated too well, but never too badly. */
TEST_F(limits, too_many_users)
{
	uid_t first = 600000000 + 4096 * getpid();
	int i;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 1));
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(0, switch_to(first + i));
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "too many"));
		ASSERT_EQ(0, switch_back());
	}
}

TEST_F(limits, rate_changes_at_once)
{
	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 1000));
	ASSERT_EQ(0, switch_to(synos_fresh_uid()));
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "while it may"));
	ASSERT_EQ(0, switch_back());
	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 0));
	ASSERT_EQ(0, switch_to(synos_fresh_uid()));
	EXPECT_ERR(EPERM, synos_log(SYNOS_EVENT_SYSCALL, "may not"));
	ASSERT_EQ(0, switch_back());
}

/* -- the size of the ring ------------------------------------------------- */

/* How many are held, all in a row and up to the newest; -1 if they are not. */
static long held(void)
{
	struct synos_telemetry telemetry = synos_counters();
	struct synos_line line;
	const char *at = text;
	uint64_t last = 0;
	long n = 0;

	if (synos_read_file(PROC, text, sizeof(text)) < 0)
		return -1;
	while (*at) {
		at = synos_parse_line(at, &line);
		if (!at || (last && line.seq != last + 1))
			return -1;
		last = line.seq;
		n++;
	}
	if (n && last != telemetry.events_logged)
		return -1;
	return (uint64_t)n == telemetry.events_logged - telemetry.events_dropped ?
	       n : -1;
}

static void fill(struct __test_metadata *_metadata, int count)
{
	while (count--)
		ASSERT_EQ(0, synos_log(1 + count % 4, "to be held"));
}

TEST_F(limits, ring_shrinks)
{
	struct synos_telemetry before, after;
	struct synos_line line;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 64));
	fill(_metadata, 64);
	ASSERT_EQ(64, held());
	before = synos_counters();
	ASSERT_EQ(64, before.ring_capacity);
	ASSERT_EQ(0, synos_set_sysctl("ring_size", 16));
	EXPECT_EQ(16, held());
	after = synos_counters();
	EXPECT_EQ(16, after.ring_capacity);
	EXPECT_EQ(before.events_logged, after.events_logged);
	EXPECT_EQ(before.events_dropped + 48, after.events_dropped);
	EXPECT_EQ(before.syscall_events, after.syscall_events);
	EXPECT_EQ(before.memory_bytes, 4 * after.memory_bytes);

	/* The newest are those that are kept. */
	ASSERT_NE(NULL, synos_parse_line(text, &line));
	EXPECT_EQ(before.events_logged - 15, line.seq);

	/* Numbers go on, and the ring is one of 16 in all respects. */
	fill(_metadata, 1);
	EXPECT_EQ(16, held());
	EXPECT_EQ(after.events_logged + 1, synos_counters().events_logged);
	EXPECT_EQ(after.events_dropped + 1, synos_counters().events_dropped);
}

TEST_F(limits, ring_grows)
{
	struct synos_telemetry before, after;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 16));
	fill(_metadata, 40);
	before = synos_counters();
	ASSERT_LT(0, synos_read_file(PROC, other, sizeof(other)));
	ASSERT_EQ(0, synos_set_sysctl("ring_size", 64));
	after = synos_counters();
	EXPECT_EQ(64, after.ring_capacity);
	EXPECT_EQ(before.events_logged, after.events_logged);
	EXPECT_EQ(before.events_dropped, after.events_dropped);
	/* The same as before, to the byte. */
	EXPECT_EQ(16, held());
	EXPECT_STREQ(other, text);

	/* No more is dropped until it is full. */
	fill(_metadata, 48);
	EXPECT_EQ(64, held());
	EXPECT_EQ(before.events_dropped, synos_counters().events_dropped);
	fill(_metadata, 1);
	EXPECT_EQ(64, held());
	EXPECT_EQ(before.events_dropped + 1, synos_counters().events_dropped);
}

/* Not full, and grown and shrunk at any place of it. */
TEST_F(limits, ring_of_any_size_at_any_place)
{
	static const int sizes[] = { 16, 128, 32, 64, 256, 16, 512, 32 };
	long n, expected;
	size_t i, round;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 16));
	fill(_metadata, 16);
	expected = 16;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			ASSERT_EQ(0, synos_set_sysctl("ring_size", sizes[i]));
			if (expected > sizes[i])
				expected = sizes[i];
			ASSERT_EQ(expected, held());
			n = 7 + 5 * round;
			fill(_metadata, n);
			expected += n;
			if (expected > sizes[i])
				expected = sizes[i];
			ASSERT_EQ(expected, held());
		}
	}
}

TEST_F(limits, ring_of_the_same_size)
{
	struct synos_telemetry before, after;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 32));
	fill(_metadata, 50);
	ASSERT_LT(0, synos_read_file(PROC, other, sizeof(other)));
	before = synos_counters();
	ASSERT_EQ(0, synos_set_sysctl("ring_size", 32));
	after = synos_counters();
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_STREQ(other, text);
}

TEST_F(limits, largest_ring)
{
	uint64_t bytes = synos_counters().memory_bytes /
			 synos_counters().ring_capacity;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 32));
	fill(_metadata, 32);
	ASSERT_LT(0, synos_read_file(PROC, other, sizeof(other)));
	ASSERT_EQ(0, synos_set_sysctl("ring_size", 65536));
	EXPECT_EQ(65536, synos_counters().ring_capacity);
	EXPECT_EQ(bytes * 65536, synos_counters().memory_bytes);
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_STREQ(other, text);
	ASSERT_EQ(0, synos_set_sysctl("ring_size", 32));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_STREQ(other, text);
}

/* What was opened before shows what was held then. */
TEST_F(limits, reader_of_another_size)
{
	int fd;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 64));
	fill(_metadata, 64);
	ASSERT_LT(0, synos_read_file(PROC, other, sizeof(other)));
	fd = open(PROC, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(100, read(fd, text, 100));
	ASSERT_EQ(0, synos_set_sysctl("ring_size", 16));
	ASSERT_LT(0, synos_read_fd(fd, text + 100, sizeof(text) - 100));
	close(fd);
	EXPECT_STREQ(other, text);
}

/*
 * Of events that are not held any more nothing is: not who logged them either,
 * which would be seen by the namespaces that these were in.
 */
static int log_inside(void *arg)
{
	return getpid() != 1 || synos_log(SYNOS_EVENT_SYSCALL, "inside");
}

static void let_go(struct __test_metadata *_metadata, int by_size)
{
	char before[32];
	int i, ret = 0;

	if (synos_limit_pid_namespaces("16", before))
		SKIP(return, "no limit of PID namespaces to be seen by");
	for (i = 0; i < 40 && !ret; i++) {
		ret |= synos_set_sysctl("ring_size", by_size ? 256 : 16);
		ret |= synos_in_pid_namespace(log_inside, NULL);
		fill(_metadata, by_size ? 100 : 16);
		if (by_size)
			ret |= synos_set_sysctl("ring_size", 64);
	}
	EXPECT_EQ(0, ret) {
		TH_LOG("at number %d", i);
	}
	EXPECT_EQ(0, synos_limit_pid_namespaces(before, NULL));
}

TEST_F(limits, pids_let_go_when_overwritten)
{
	let_go(_metadata, 0);
}

TEST_F(limits, pids_let_go_when_shrunk)
{
	let_go(_metadata, 1);
}

static int stop;

static void *resize(void *arg)
{
	static const int sizes[] = { 16, 64, 32, 256 };
	long failed = 0;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_ACQUIRE); i++)
		failed += synos_set_sysctl("ring_size", sizes[i % 4]) != 0;
	return (void *)failed;
}

static void *log_many(void *arg)
{
	long failed = 0;
	int i;

	for (i = 0; i < 400; i++)
		failed += synos_log(1 + i % 4, "meanwhile") != 0;
	return (void *)failed;
}

/* All that is logged gets its number and is counted, however that is met. */
TEST_F(limits, ring_resized_while_logging)
{
	struct synos_telemetry before = synos_counters(), after;
	pthread_t loggers[4], resizer;
	void *failed;
	int i;

	ASSERT_EQ(0, pthread_create(&resizer, NULL, resize, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&loggers[i], NULL, log_many, NULL));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(loggers[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_join(resizer, &failed));
	EXPECT_EQ(NULL, failed);
	after = synos_counters();
	EXPECT_EQ(before.events_logged + 1600, after.events_logged);
	EXPECT_EQ(before.network_events + 400, after.network_events);
	EXPECT_LE(16, held());
}

TEST_HARNESS_MAIN
