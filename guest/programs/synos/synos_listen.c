// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events by netlink: as they are logged, and those held from a number on.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <sys/mount.h>

#define PROC	"/proc/synos/events"

FIXTURE(listen) {
	struct synos_sysctls sysctls;
	struct synos_nl nl, second;
};

FIXTURE_SETUP(listen)
{
	ASSERT_EQ(0, synos_save_sysctls(&self->sysctls));
	ASSERT_EQ(0, synos_nl_open(&self->nl));
	ASSERT_EQ(0, synos_nl_subscribe(&self->nl));
	ASSERT_EQ(0, synos_nl_open(&self->second));
}

/* By a process that can, whatever the test became. */
FIXTURE_TEARDOWN_PARENT(listen)
{
	EXPECT_EQ(0, synos_restore_sysctls(&self->sysctls));
}

static char text[SYNOS_EVENTS_BUF];

static int log_severity(uint32_t type, uint32_t severity,
			const char *description)
{
	struct synos_ai_event event = synos_event(type, severity, description);

	return synos_log_event(&event, sizeof(event), 0);
}

/* What comes next, which has to be there by now: logging has sent it. */
#define EXPECT_NEXT(nl, description_)					\
	do {								\
		struct synos_nl_event event_;				\
									\
		ASSERT_EQ(0, synos_nl_next_event(nl, &event_, 0));	\
		EXPECT_STREQ(description_, event_.description);		\
	} while (0)

#define EXPECT_NO_MORE(nl)						\
	do {								\
		struct synos_nl_event event_;				\
									\
		EXPECT_ERR(EAGAIN, synos_nl_next_event(nl, &event_, 0)); \
	} while (0)

/* -- as they are logged --------------------------------------------------- */

TEST_F(listen, arrives)
{
	uint64_t start = synos_now(), seq = synos_counters().events_logged;
	struct synos_nl_event event;

	ASSERT_EQ(0, log_severity(SYNOS_EVENT_NETWORK, 7, "arrives"));
	ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
	EXPECT_EQ(seq + 1, event.seq);
	EXPECT_LE(start, event.timestamp);
	EXPECT_GE(synos_now(), event.timestamp);
	EXPECT_EQ(SYNOS_EVENT_NETWORK, event.type);
	EXPECT_EQ(7, event.severity);
	EXPECT_EQ(0, event.uid);
	EXPECT_STREQ("arrives", event.description);
	EXPECT_EQ(1u << SYNOS_A_EVENT_SEQ | 1u << SYNOS_A_EVENT_TIMESTAMP |
		  1u << SYNOS_A_EVENT_TYPE | 1u << SYNOS_A_EVENT_SEVERITY |
		  1u << SYNOS_A_EVENT_UID | 1u << SYNOS_A_EVENT_DESCRIPTION,
		  event.has & ~(1u << SYNOS_A_EVENT_PAD |
				1u << SYNOS_A_EVENT_PID));
	EXPECT_NO_MORE(&self->nl);
}

TEST_F(listen, arrive_in_order)
{
	uint64_t seq = synos_counters().events_logged;
	struct synos_nl_event event;
	int i;

	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, synos_log(1 + i % 4, "in order"));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
		EXPECT_EQ(++seq, event.seq);
		EXPECT_EQ(1 + i % 4, event.type);
	}
	EXPECT_NO_MORE(&self->nl);
}

TEST_F(listen, longest)
{
	char description[SYNOS_DESCRIPTION_LEN];
	size_t i;

	for (i = 0; i < sizeof(description) - 1; i++)
		description[i] = 255 - i;
	description[i] = '\0';
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, description));
	EXPECT_NEXT(&self->nl, description);
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, ""));
	EXPECT_NEXT(&self->nl, "");
}

TEST_F(listen, of_other_users)
{
	uid_t uid = synos_fresh_uid();
	struct synos_nl_event event;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_be(uid) || synos_be_namespace_root() ||
		      synos_log(SYNOS_EVENT_SECURITY, "of another"));
	ASSERT_EQ(0, synos_reap(pid));
	ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
	EXPECT_STREQ("of another", event.description);
	/* As it is outside. */
	EXPECT_EQ(uid, event.uid);
}

TEST_F(listen, only_those_who_asked)
{
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "one"));
	EXPECT_NO_MORE(&self->second);
	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "two"));
	EXPECT_NEXT(&self->second, "two");
	ASSERT_EQ(0, synos_nl_unsubscribe(&self->second));
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "three"));
	EXPECT_NO_MORE(&self->second);
	EXPECT_NEXT(&self->nl, "one");
	EXPECT_NEXT(&self->nl, "two");
	EXPECT_NEXT(&self->nl, "three");
}

TEST_F(listen, listener_killed)
{
	int ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_nl nl;

		if (synos_nl_open(&nl) || synos_nl_filter(&nl, 1, 1) ||
		    synos_nl_subscribe(&nl) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "while it lives"));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(128, synos_reap(pid));
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "when it is dead"));
	EXPECT_NEXT(&self->nl, "while it lives");
	EXPECT_NEXT(&self->nl, "when it is dead");
}

/* -- filters of a listener ------------------------------------------------ */

TEST_F(listen, filter_by_severity)
{
	uint64_t seq = synos_counters().events_logged;
	struct synos_nl_event event;
	uint32_t i;

	ASSERT_EQ(0, synos_nl_filter(&self->nl, 7, -1));
	for (i = 0; i <= SYNOS_SEVERITY_MAX; i++)
		ASSERT_EQ(0, log_severity(1 + i % 4, i, "severe?"));
	for (i = 7; i <= SYNOS_SEVERITY_MAX; i++) {
		ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
		EXPECT_EQ(i, event.severity);
		EXPECT_EQ(seq + 1 + i, event.seq);
	}
	EXPECT_NO_MORE(&self->nl);
}

TEST_F(listen, filter_by_type)
{
	struct synos_nl_event event;
	uint32_t mask, type;

	for (mask = 0; mask <= 0xf; mask++) {
		ASSERT_EQ(0, synos_nl_filter(&self->nl, -1, mask));
		for (type = 1; type <= 4; type++)
			ASSERT_EQ(0, synos_log(type, "what kind?"));
		for (type = 1; type <= 4; type++) {
			if (!(mask & 1 << (type - 1)))
				continue;
			ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
			EXPECT_EQ(type, event.type);
		}
		EXPECT_NO_MORE(&self->nl);
	}
}

TEST_F(listen, filter_by_both)
{
	ASSERT_EQ(0, synos_nl_filter(&self->nl, 5,
				     SYNOS_EVENT_MASK_SECURITY |
				     SYNOS_EVENT_MASK_FILESYSTEM));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SECURITY, 4, "neither"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 6, "nor"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SECURITY, 5, "both"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_NETWORK, 10, "not that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_FILESYSTEM, 9, "that"));
	EXPECT_NEXT(&self->nl, "both");
	EXPECT_NEXT(&self->nl, "that");
	EXPECT_NO_MORE(&self->nl);
}

/* A filter is said as a whole: what is left out is not restricted any more. */
TEST_F(listen, filter_replaced)
{
	ASSERT_EQ(0, synos_nl_filter(&self->nl, 9, SYNOS_EVENT_MASK_SYSCALL));
	ASSERT_EQ(0, synos_nl_filter(&self->nl, -1, SYNOS_EVENT_MASK_NETWORK));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 10, "not that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_NETWORK, 0, "any severity"));
	EXPECT_NEXT(&self->nl, "any severity");
	ASSERT_EQ(0, synos_nl_filter(&self->nl, 3, -1));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_NETWORK, 2, "not that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SECURITY, 3, "any type"));
	EXPECT_NEXT(&self->nl, "any type");
	ASSERT_EQ(0, synos_nl_filter(&self->nl, -1, -1));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_FILESYSTEM, 0, "anything"));
	EXPECT_NEXT(&self->nl, "anything");
}

/* What is refused changes nothing. */
TEST_F(listen, filter_refused)
{
	ASSERT_EQ(0, synos_nl_filter(&self->nl, 5, -1));
	EXPECT_ERR(ERANGE, synos_nl_filter(&self->nl, 11, -1));
	EXPECT_ERR(EINVAL, synos_nl_filter(&self->nl, 0, 0x10));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 4, "not that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "as before"));
	EXPECT_NEXT(&self->nl, "as before");
}

TEST_F(listen, filter_is_of_one_listener)
{
	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	ASSERT_EQ(0, synos_nl_filter(&self->nl, 8, -1));
	ASSERT_EQ(0, synos_nl_filter(&self->second, -1,
				     SYNOS_EVENT_MASK_NETWORK));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 9, "for one"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_NETWORK, 1, "for the other"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_NETWORK, 10, "for both"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SECURITY, 7, "for none"));
	EXPECT_NEXT(&self->nl, "for one");
	EXPECT_NEXT(&self->nl, "for both");
	EXPECT_NO_MORE(&self->nl);
	EXPECT_NEXT(&self->second, "for the other");
	EXPECT_NEXT(&self->second, "for both");
	EXPECT_NO_MORE(&self->second);
}

/* It may come first, and is still there when the socket has left and is back. */
TEST_F(listen, filter_outlives_the_membership)
{
	ASSERT_EQ(0, synos_nl_filter(&self->second, 6, -1));
	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "not that"));
	ASSERT_EQ(0, synos_nl_unsubscribe(&self->second));
	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "nor that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 6, "but that"));
	EXPECT_NEXT(&self->second, "but that");
}

/* The daemon's socket is one like any other, in this respect. */
TEST_F(listen, daemon_that_listens)
{
	struct synos_daemon daemon;
	struct synos_nl_query query;
	struct synos_asker asker;

	ASSERT_EQ(0, synos_daemon_start(&daemon));
	ASSERT_EQ(0, synos_nl_subscribe(&daemon.nl));
	ASSERT_EQ(0, synos_nl_filter(&daemon.nl, 5, -1));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 4, "not that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "before"));
	ASSERT_EQ(0, synos_asker_start(&asker, "both?", 0));
	ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "after"));
	ASSERT_EQ(0, synos_nl_answer(&daemon.nl, query.id, "both", 50));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_STREQ("both", asker.rec.response);
	EXPECT_NEXT(&daemon.nl, "before");
	EXPECT_NEXT(&daemon.nl, "after");
	/* Neither join nor leaving it is of any consequence to the filter. */
	close(daemon.fd);
	daemon.fd = -1;
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 4, "not that"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "at last"));
	EXPECT_NEXT(&daemon.nl, "at last");
	synos_daemon_stop(&daemon);
}

/* Without a number it did not happen: no listener is told, and no gap is left. */
TEST_F(listen, refused_by_the_ring)
{
	struct synos_nl_event event;
	uint64_t seq;

	ASSERT_EQ(0, synos_set_sysctl("min_severity", 5));
	seq = synos_counters().events_logged;
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 5, "accepted"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 4, "refused"));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 6, "accepted, too"));
	ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
	EXPECT_STREQ("accepted", event.description);
	EXPECT_EQ(seq + 1, event.seq);
	ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
	EXPECT_STREQ("accepted, too", event.description);
	EXPECT_EQ(seq + 2, event.seq);
	EXPECT_NO_MORE(&self->nl);
}

TEST_F(listen, refused_by_the_limit)
{
	int i, limited = 0;
	pid_t pid;

	ASSERT_EQ(0, synos_set_sysctl("unprivileged_rate", 1));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (synos_be(synos_fresh_uid()))
			_exit(125);
		for (i = 0; i < 1000 && !limited; i++)
			limited = synos_log(SYNOS_EVENT_SYSCALL, "limited");
		_exit(limited ? i : 0);
	}
	limited = synos_reap(pid);
	ASSERT_LT(1, limited);
	/* All but the one that was refused. */
	for (i = 0; i < limited - 1; i++)
		EXPECT_NEXT(&self->nl, "limited");
	EXPECT_NO_MORE(&self->nl);
}

/* -- those held ----------------------------------------------------------- */

static const char *const types[] = {
	"syscall", "security", "network", "filesystem",
};

TEST_F(listen, dump_is_what_proc_says)
{
	struct synos_nl_event event;
	struct synos_line line;
	const char *at = text;
	int ret, i;

	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, log_severity(1 + i % 4, i % 11, i % 3 ?
					  "the same by both ways" : ""));
	ASSERT_EQ(0, synos_nl_dump(&self->nl, 0));
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	for (i = 0; (ret = synos_nl_dump_next(&self->nl, &event)) > 0; i++) {
		at = synos_parse_line(at, &line);
		ASSERT_NE(NULL, at);
		EXPECT_EQ(line.seq, event.seq);
		EXPECT_EQ(line.time, event.timestamp);
		EXPECT_EQ(line.pid, event.pid);
		EXPECT_EQ(line.uid, event.uid);
		EXPECT_STREQ(line.type, types[event.type - 1]);
		EXPECT_EQ(line.severity, event.severity);
		/* What is escaped is not compared. */
		if (!strchr(line.description, '\\'))
			EXPECT_STREQ(line.description, event.description);
		EXPECT_EQ(0, event.missed);
	}
	EXPECT_EQ(0, ret);
	EXPECT_LE(20, i);
	EXPECT_EQ('\0', *at);
}

TEST_F(listen, dump_from_a_number)
{
	struct synos_nl_event event;
	uint64_t first, i, n;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 64));
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "numbered"));
	first = synos_counters().events_logged - 9;
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, synos_nl_dump(&self->nl, first + i));
		for (n = 0; synos_nl_dump_next(&self->nl, &event) > 0; n++) {
			EXPECT_EQ(first + i + n, event.seq);
			EXPECT_EQ(0, event.missed);
			/* The first tells how many were missed, even if none. */
			EXPECT_EQ(n ? 0 : 1u << SYNOS_A_EVENT_MISSED,
				  event.has & 1u << SYNOS_A_EVENT_MISSED);
		}
		EXPECT_EQ(10 - i, n);
	}
}

TEST_F(listen, dump_from_the_future)
{
	uint64_t next = synos_counters().events_logged + 1;
	struct synos_nl_event event;

	ASSERT_EQ(0, synos_nl_dump(&self->nl, next));
	EXPECT_EQ(0, synos_nl_dump_next(&self->nl, &event));
	ASSERT_EQ(0, synos_nl_dump(&self->nl, next + 1000));
	EXPECT_EQ(0, synos_nl_dump_next(&self->nl, &event));
	ASSERT_EQ(0, synos_nl_dump(&self->nl, -1ULL));
	EXPECT_EQ(0, synos_nl_dump_next(&self->nl, &event));

	/* It is the present once it is there. */
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "now"));
	ASSERT_EQ(0, synos_nl_dump(&self->nl, next));
	ASSERT_EQ(1, synos_nl_dump_next(&self->nl, &event));
	EXPECT_EQ(next, event.seq);
	EXPECT_STREQ("now", event.description);
	EXPECT_EQ(0, synos_nl_dump_next(&self->nl, &event));
}

TEST_F(listen, missed)
{
	struct synos_nl_event event;
	uint64_t first, i, n;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 16));
	first = synos_counters().events_logged + 1;
	for (i = 0; i < 40; i++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "too many"));
	/* 24 of them are gone. */
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, synos_nl_dump(&self->nl, first + i));
		for (n = 0; synos_nl_dump_next(&self->nl, &event) > 0; n++) {
			EXPECT_EQ(first + (i < 24 ? 24 : i) + n, event.seq);
			EXPECT_EQ(!n && i < 24 ? 24 - i : 0, event.missed);
		}
		EXPECT_EQ(i < 24 ? 16 : 40 - i, n);
	}
	/* Number 1 is not the same as any. */
	ASSERT_EQ(0, synos_nl_dump(&self->nl, 1));
	ASSERT_EQ(1, synos_nl_dump_next(&self->nl, &event));
	EXPECT_EQ(first + 24, event.seq);
	EXPECT_EQ(first + 24 - 1, event.missed);
	while (synos_nl_dump_next(&self->nl, &event) > 0)
		;
	ASSERT_EQ(0, synos_nl_dump(&self->nl, 0));
	ASSERT_EQ(1, synos_nl_dump_next(&self->nl, &event));
	EXPECT_EQ(first + 24, event.seq);
	EXPECT_EQ(0, event.missed);
	while (synos_nl_dump_next(&self->nl, &event) > 0)
		;
}

/* The filter of the socket is for what comes by itself. */
TEST_F(listen, dump_is_not_filtered)
{
	struct synos_nl_event event;

	ASSERT_EQ(0, synos_nl_filter(&self->nl, 10, 0));
	ASSERT_EQ(0, log_severity(SYNOS_EVENT_SYSCALL, 0, "all the same"));
	EXPECT_NO_MORE(&self->nl);
	ASSERT_EQ(0, synos_nl_dump(&self->nl, synos_counters().events_logged));
	ASSERT_EQ(1, synos_nl_dump_next(&self->nl, &event));
	EXPECT_STREQ("all the same", event.description);
	EXPECT_EQ(0, synos_nl_dump_next(&self->nl, &event));
}

/* How many messages of the dump are there without another one to be read. */
static size_t queued(const struct synos_nl *nl)
{
	const struct synos_nl_msg *msg;
	size_t n = 0;

	for (msg = nl->first; msg; msg = msg->next)
		n += msg->nlh.nlmsg_seq == nl->seq;
	return n;
}

static void fill(struct __test_metadata *_metadata, int count,
		 const char *what)
{
	char description[SYNOS_DESCRIPTION_LEN];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(description, sizeof(description), "%s %d %0100d", what,
			 i, 0);
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, description));
	}
}

TEST_F(listen, dump_of_many_messages)
{
	struct synos_nl_event event;
	int i, datagrams = 0;
	uint64_t first;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "many");
	first = synos_counters().events_logged - 511;
	/* For nothing but the dump to be there. */
	ASSERT_EQ(0, synos_nl_dump(&self->second, 0));
	for (i = 0; i < 512; i++) {
		datagrams += !queued(&self->second);
		ASSERT_EQ(1, synos_nl_dump_next(&self->second, &event));
		ASSERT_EQ(first + i, event.seq);
		ASSERT_EQ(0, strncmp(event.description, "many ", 5));
		ASSERT_EQ(i, atoi(event.description + 5));
		ASSERT_EQ(i ? 0 : 1u << SYNOS_A_EVENT_MISSED,
			  event.has & 1u << SYNOS_A_EVENT_MISSED);
	}
	EXPECT_EQ(0, synos_nl_dump_next(&self->second, &event));
	EXPECT_LT(3, datagrams);
	EXPECT_GT(256, datagrams);
}

/* Never twice, never backwards; and what is gone by then is a gap to be seen. */
TEST_F(listen, dump_while_overwritten)
{
	uint64_t first, last = 0, gaps = 0;
	struct synos_nl_event event;
	int i, ret;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "old");
	first = synos_counters().events_logged - 511;
	ASSERT_EQ(0, synos_nl_dump(&self->second, first));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(1, synos_nl_dump_next(&self->second, &event));
		ASSERT_EQ(first + i, event.seq);
		ASSERT_EQ(0, strncmp("old", event.description, 3));
		last = event.seq;
	}
	fill(_metadata, 480, "new");
	while ((ret = synos_nl_dump_next(&self->second, &event)) > 0) {
		ASSERT_LT(last, event.seq);
		gaps += event.seq - last - 1;
		/* Each is what it was when it got its number. */
		ASSERT_EQ(0, strncmp(event.description, "old ", 4));
		ASSERT_EQ(event.seq - first, atoi(event.description + 4));
		ASSERT_EQ(0, event.has & 1u << SYNOS_A_EVENT_MISSED);
		last = event.seq;
	}
	EXPECT_EQ(0, ret);
	/* It ends with what was the newest when it began. */
	EXPECT_EQ(first + 511, last);
	EXPECT_LT(0, gaps);
	EXPECT_GT(480, gaps);
}

/* All that was to come is gone: the next dump has to tell. */
TEST_F(listen, dump_overtaken)
{
	uint64_t first, last = 0;
	struct synos_nl_event event;
	int i, ret;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "old");
	first = synos_counters().events_logged - 511;
	ASSERT_EQ(0, synos_nl_dump(&self->second, first));
	ASSERT_EQ(1, synos_nl_dump_next(&self->second, &event));
	fill(_metadata, 512, "new");
	while ((ret = synos_nl_dump_next(&self->second, &event)) > 0) {
		ASSERT_EQ(0, strncmp("old", event.description, 3));
		last = event.seq;
	}
	EXPECT_EQ(0, ret);
	ASSERT_GT(first + 511, last);
	ASSERT_EQ(0, synos_nl_dump(&self->second, last + 1));
	for (i = 0; synos_nl_dump_next(&self->second, &event) > 0; i++) {
		EXPECT_EQ(first + 512 + i, event.seq);
		EXPECT_EQ(i ? 0 : first + 512 - (last + 1), event.missed);
	}
	EXPECT_EQ(512, i);
}

TEST_F(listen, one_dump_at_a_time)
{
	struct synos_nl_event event;
	struct synos_nl_msg msg;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "busy");
	ASSERT_EQ(0, synos_nl_dump(&self->second, 0));
	ASSERT_EQ(1, synos_nl_dump_next(&self->second, &event));
	synos_nl_begin(&msg, self->second.family, SYNOS_CMD_EVENT_GET,
		       NLM_F_DUMP);
	EXPECT_ERR(EBUSY, synos_nl_call(&self->second, &msg));
}

/* What it holds on to is given back, or a leak detector has a word to say. */
TEST_F(listen, dump_abandoned)
{
	struct synos_nl_event event;
	int i;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "left alone");
	for (i = 0; i < 10; i++) {
		struct synos_nl nl;

		ASSERT_EQ(0, synos_nl_open(&nl));
		ASSERT_EQ(0, synos_nl_dump(&nl, 0));
		ASSERT_EQ(1, synos_nl_dump_next(&nl, &event));
		synos_nl_close(&nl);
	}
}

/* -- nothing is lost unnoticed -------------------------------------------- */

/* A listener that does not keep up is told so, and catches up by number. */
TEST_F(listen, overrun)
{
	uint64_t first, last, newest;
	struct synos_nl_event event;
	int size = 1, ret;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &size,
				sizeof(size)));
	first = synos_counters().events_logged + 1;
	last = first - 1;
	fill(_metadata, 200, "overrun");
	newest = synos_counters().events_logged;
	ASSERT_EQ(first + 199, newest);

	/* ENOBUFS is said before what did get there, and not again. */
	EXPECT_ERR(ENOBUFS, synos_nl_next_event(&self->nl, &event, 0));
	while (!(ret = synos_nl_next_event(&self->nl, &event, 0))) {
		EXPECT_EQ(last + 1, event.seq);
		last = event.seq;
	}
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_LT(first, last);
	EXPECT_GT(newest, last);

	ASSERT_EQ(0, synos_nl_dump(&self->nl, last + 1));
	while ((ret = synos_nl_dump_next(&self->nl, &event)) > 0) {
		EXPECT_EQ(last + 1, event.seq);
		EXPECT_EQ(0, event.missed);
		last = event.seq;
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(newest, last);

	/* Those who kept up are not held up, and it goes on. */
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "once more"));
	EXPECT_NEXT(&self->nl, "once more");
}

/* Too late even for that: how many are lost is said. */
TEST_F(listen, overrun_and_overwritten)
{
	uint64_t last, total;
	struct synos_nl_event event;
	int size = 1;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 16));
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &size,
				sizeof(size)));
	last = synos_counters().events_logged;
	total = 100;
	fill(_metadata, total, "lost");
	EXPECT_ERR(ENOBUFS, synos_nl_next_event(&self->nl, &event, 0));
	while (!synos_nl_next_event(&self->nl, &event, 0)) {
		last = event.seq;
		total--;
	}
	ASSERT_EQ(0, synos_nl_dump(&self->nl, last + 1));
	ASSERT_EQ(1, synos_nl_dump_next(&self->nl, &event));
	EXPECT_EQ(last + 1 + event.missed, event.seq);
	EXPECT_EQ(total - 16, event.missed);
	while (synos_nl_dump_next(&self->nl, &event) > 0)
		;
}

/* Who logs does not wait for who listens, and learns nothing of it. */
TEST_F(listen, loggers_do_not_wait)
{
	int size = 1, i;
	uint64_t start;

	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &size,
				sizeof(size)));
	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	start = synos_now();
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "no wait"));
	EXPECT_GT(10000000000ULL, synos_now() - start);
	for (i = 0; i < 100; i++)
		EXPECT_NEXT(&self->second, "no wait");
}

/* -- PID namespaces ------------------------------------------------------- */

/* Of the event with that description. */
static int dumped_pid(struct synos_nl *nl, uint64_t from,
		      const char *description)
{
	struct synos_nl_event event;
	int pid = -1;

	if (synos_nl_dump(nl, from))
		return -1;
	while (synos_nl_dump_next(nl, &event) > 0)
		if (!strcmp(event.description, description))
			pid = event.pid;
	return pid;
}

TEST_F(listen, pid_of_the_dead)
{
	uint64_t from = synos_counters().events_logged + 1;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_log(SYNOS_EVENT_SYSCALL, "the dead"));
	ASSERT_EQ(0, synos_reap(pid));
	EXPECT_EQ(pid, dumped_pid(&self->nl, from, "the dead"));
}

TEST_F(listen, pid_in_a_pid_namespace)
{
	uint64_t from = synos_counters().events_logged + 1;
	pid_t pid;

	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "outside"));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_nl nl;
		pid_t child;

		if (getpid() != 1 || synos_log(SYNOS_EVENT_SYSCALL, "first"))
			_exit(1);
		child = fork();
		if (!child)
			_exit(synos_log(SYNOS_EVENT_SYSCALL, "second"));
		if (synos_reap(child))
			_exit(2);
		/* It is who asks that counts, not who opened the socket. */
		if (dumped_pid(&self->second, from, "first") != 1 ||
		    dumped_pid(&self->second, from, "second") != child ||
		    dumped_pid(&self->second, from, "outside"))
			_exit(3);
		if (synos_nl_open(&nl) ||
		    dumped_pid(&nl, from, "first") != 1 ||
		    dumped_pid(&nl, from, "outside"))
			_exit(4);
		_exit(0);
	}
	ASSERT_EQ(0, synos_reap(pid));
	EXPECT_EQ(pid, dumped_pid(&self->nl, from, "first"));
	EXPECT_EQ(getpid(), dumped_pid(&self->nl, from, "outside"));
}

/*
 * Whoever goes on with a dump, it is of who began it.  A later part of it must
 * not tell what the first would not.
 */
TEST_F(listen, dump_continued_by_another)
{
	struct synos_nl_event event;
	int n = 0, ret;
	pid_t pid;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "mine");
	ASSERT_EQ(0, synos_nl_dump(&self->second, 0));
	ASSERT_EQ(1, synos_nl_dump_next(&self->second, &event));
	EXPECT_EQ(getpid(), event.pid);
	pid = getpid();
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	ret = synos_fork();
	ASSERT_LE(0, ret);
	if (!ret) {
		while ((ret = synos_nl_dump_next(&self->second, &event)) > 0) {
			if (event.pid != (uint32_t)pid)
				_exit(1);
			n++;
		}
		_exit(ret || n != 511 ? 2 : 0);
	}
	EXPECT_EQ(0, synos_reap(ret));
}

/* Neither a dump nor a filter is a reason for the namespace to stay. */
static int dump_inside(void *arg)
{
	struct synos_nl_event event;
	struct synos_nl nl;

	if (synos_nl_open(&nl) || synos_nl_filter(&nl, 1, 1) ||
	    synos_nl_dump(&nl, 0) || synos_nl_dump_next(&nl, &event) != 1)
		return 1;
	/* To its end, or not. */
	while (*(int *)arg && synos_nl_dump_next(&nl, &event) > 0)
		;
	synos_nl_close(&nl);
	return 0;
}

TEST_F(listen, pid_namespace_let_go)
{
	int i, all, ret = 0;
	char before[32];

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	fill(_metadata, 512, "left alone");
	if (synos_limit_pid_namespaces("16", before))
		SKIP(return, "no limit of PID namespaces to be seen by");
	for (i = 0; i < 40 && !ret; i++) {
		all = i % 2;
		ret = synos_in_pid_namespace(dump_inside, &all);
	}
	EXPECT_EQ(0, ret) {
		TH_LOG("at number %d", i);
	}
	EXPECT_EQ(0, synos_limit_pid_namespaces(before, NULL));
}

/* By itself an event tells a pid only to those known to be outside of all. */
TEST_F(listen, pid_as_it_is_logged)
{
	struct synos_nl_event event;
	int ready[2], done[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(done));
	ASSERT_EQ(0, synos_nl_filter(&self->nl, -1, -1));
	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_nl nl;

		if (synos_nl_open(&nl) || synos_nl_subscribe(&nl) ||
		    synos_nl_filter(&nl, -1, -1) || write(ready[1], "x", 1) != 1)
			_exit(1);
		if (read(done[0], &byte, 1) != 1)
			_exit(2);
		if (synos_nl_next_event(&nl, &event, 0) ||
		    strcmp(event.description, "whose?"))
			_exit(3);
		/* Not a number of processes that are none of its own. */
		if (event.pid)
			_exit(4);
		_exit(0);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "whose?"));
	ASSERT_EQ(1, write(done[1], "x", 1));
	EXPECT_EQ(0, synos_reap(pid));

	/* Once each, and the same but for the pid. */
	ASSERT_EQ(0, synos_nl_next_event(&self->nl, &event, 0));
	EXPECT_STREQ("whose?", event.description);
	EXPECT_EQ(getpid(), event.pid);
	EXPECT_NO_MORE(&self->nl);
	ASSERT_EQ(0, synos_nl_next_event(&self->second, &event, 0));
	EXPECT_STREQ("whose?", event.description);
	EXPECT_EQ(0, event.has & 1u << SYNOS_A_EVENT_PID);
	EXPECT_NO_MORE(&self->second);
}

TEST_HARNESS_MAIN
