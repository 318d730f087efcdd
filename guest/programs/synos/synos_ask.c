// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions that get to the daemon, and all that may come of them.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <linux/filter.h>

#define MS	1000000ULL
/* Of all, and of a user without the capability. */
#define PENDING_MAX	64
#define PENDING_USER	16

FIXTURE(ask) {
	struct synos_daemon daemon;
};

FIXTURE_SETUP(ask)
{
	ASSERT_EQ(0, synos_daemon_start(&self->daemon));
}

FIXTURE_TEARDOWN(ask)
{
	synos_daemon_stop(&self->daemon);
}

#define NEXT_QUERY(query)						\
	synos_nl_next_query(&self->daemon.nl, query, SYNOS_NL_PATIENCE)
#define ANSWER(id, text, confidence)					\
	synos_nl_answer(&self->daemon.nl, id, text, confidence)

static int ask(struct synos_recommendation *rec)
{
	return synos_query_recommendation(rec, sizeof(*rec), 0);
}

/* One that is refused; if it is not, it ends all the same. */
static int ask_in_vain(void)
{
	struct synos_recommendation rec = synos_question("in vain");

	rec.deadline = synos_now() + 2000 * MS;
	return ask(&rec);
}

/* Whether a string is that, and nothing but zeros follow in its field. */
static int is_padded(const char *field, size_t size, const char *string)
{
	size_t i = strlen(string);

	if (strcmp(field, string))
		return 0;
	for (; i < size; i++)
		if (field[i])
			return 0;
	return 1;
}

/* -- answers -------------------------------------------------------------- */

TEST_F(ask, answered)
{
	struct synos_telemetry before = synos_counters(), after;
	struct synos_nl_query query;
	struct synos_asker asker;

	ASSERT_EQ(0, synos_asker_start(&asker, "what now?", 0));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_LE(1, query.id);
	EXPECT_STREQ("what now?", query.text);
	EXPECT_EQ(0, query.deadline);
	/* That of the process: it asks by a thread. */
	EXPECT_EQ(getpid(), query.pid);
	EXPECT_EQ(0, query.uid);
	EXPECT_EQ(1u << SYNOS_A_QUERY_ID | 1u << SYNOS_A_QUERY_TEXT |
		  1u << SYNOS_A_QUERY_DEADLINE | 1u << SYNOS_A_QUERY_PID |
		  1u << SYNOS_A_QUERY_UID,
		  query.has & ~(1u << SYNOS_A_QUERY_PAD));
	/* It waits for as long as there is no answer. */
	EXPECT_EQ(0, synos_wait_state(asker.tid, 'S'));
	EXPECT_FALSE(synos_asker_done(&asker));
	EXPECT_EQ(0, ANSWER(query.id, "sit and wait", 75));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(0, asker.ret);
	EXPECT_STREQ("what now?", asker.rec.query);
	EXPECT_EQ(75, asker.rec.confidence);
	EXPECT_EQ(0, asker.rec.deadline);
	EXPECT_EQ(0, asker.rec.reserved);
	EXPECT_TRUE(is_padded(asker.rec.response, sizeof(asker.rec.response),
			      "sit and wait"));

	after = synos_counters();
	EXPECT_EQ(before.queries + 1, after.queries);
	EXPECT_EQ(before.answers + 1, after.answers);
}

/* Asks, answers, and hands out what came of it. */
static int ask_and_answer(struct synos_daemon *daemon, struct synos_asker *asker,
			  const struct synos_recommendation *rec,
			  const char *text, uint32_t confidence)
{
	struct synos_nl_query query;

	memset(asker, 0, sizeof(*asker));
	asker->rec = *rec;
	if (pthread_create(&asker->thread, NULL, synos_asker_run, asker))
		return -1;
	if (synos_asker_query(asker, &daemon->nl, &query) ||
	    strcmp(query.text, rec->query) ||
	    synos_nl_answer(&daemon->nl, query.id, text, confidence) ||
	    synos_asker_join(asker))
		return -1;
	errno = asker->err;
	return asker->ret;
}

/* A structure is used again as it is: nothing of the last answer is left. */
TEST_F(ask, shorter_answers)
{
	struct synos_recommendation rec = synos_question("and now?");
	struct synos_asker asker;

	memset(rec.response, 'x', sizeof(rec.response));
	rec.confidence = 4711;
	ASSERT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, "yes", 100));
	EXPECT_TRUE(is_padded(asker.rec.response, sizeof(rec.response), "yes"));
	EXPECT_EQ(100, asker.rec.confidence);

	memset(rec.response, 'x', sizeof(rec.response));
	ASSERT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, "", 0));
	EXPECT_TRUE(is_padded(asker.rec.response, sizeof(rec.response), ""));
	EXPECT_EQ(0, asker.rec.confidence);
}

TEST_F(ask, longest)
{
	struct synos_recommendation rec = synos_question("");
	char text[SYNOS_RESPONSE_LEN];
	struct synos_asker asker;
	size_t i;

	/* All bytes a string can have, too. */
	for (i = 0; i < sizeof(rec.query) - 1; i++)
		rec.query[i] = 1 + i % 255;
	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = 255 - i % 255;
	text[i] = '\0';
	ASSERT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, text, 50));
	EXPECT_EQ(0, memcmp(text, asker.rec.response, sizeof(text)));
	EXPECT_EQ(0, memcmp(rec.query, asker.rec.query, sizeof(rec.query)));
}

/* What follows the end of the string is not part of it. */
TEST_F(ask, bytes_behind_the_answer)
{
	struct synos_recommendation rec = synos_question("hidden?");
	struct synos_nl_query query;
	struct synos_asker asker;
	struct synos_nl_msg msg;

	ASSERT_EQ(0, synos_asker_start(&asker, rec.query, 0));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	synos_nl_begin(&msg, self->daemon.nl.family, SYNOS_CMD_ANSWER, 0);
	synos_nl_put_u64(&msg, SYNOS_A_ANSWER_ID, query.id);
	synos_nl_put(&msg, SYNOS_A_ANSWER_TEXT, "shown\0hidden", 13);
	synos_nl_put_u32(&msg, SYNOS_A_ANSWER_CONFIDENCE, 9);
	ASSERT_EQ(0, synos_nl_call(&self->daemon.nl, &msg));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(0, asker.ret);
	EXPECT_TRUE(is_padded(asker.rec.response, sizeof(rec.response),
			      "shown"));
}

TEST_F(ask, larger_struct)
{
	static struct {
		struct synos_recommendation rec;
		char tail[8192];
	} big;
	struct synos_nl_query query;
	pid_t pid;
	size_t i;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		big.rec = synos_question("larger?");
		big.tail[100] = 'x';
		if (synos_query_recommendation(&big.rec, sizeof(big.rec) + 100, 0))
			_exit(1);
		if (strcmp(big.rec.response, "no more than that"))
			_exit(2);
		for (i = 0; i < 100; i++)
			if (big.tail[i])
				_exit(3);
		_exit(big.tail[100] != 'x');
	}
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(0, ANSWER(query.id, "no more than that", 1));
	EXPECT_EQ(0, synos_reap(pid));
}

static int ask_read_only(void *arg)
{
	void *map;

	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return 1;
	*(struct synos_recommendation *)map = synos_question("where to?");
	if (mprotect(map, 4096, PROT_READ))
		return 2;
	if (!ask(map))
		return 3;
	return errno;
}

static int be_the_same(void)
{
	return 0;
}

/* It is the daemon's no more, and nothing of it stays behind. */
TEST_F(ask, efault)
{
	struct synos_nl_query query;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_as(be_the_same, ask_read_only, NULL));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(0, ANSWER(query.id, "to nowhere", 50));
	EXPECT_EQ(EFAULT, synos_reap(pid));
	EXPECT_ERR(ENOENT, ANSWER(query.id, "to nowhere", 50));
}

/* -- who asks ------------------------------------------------------------- */

static int ask_anything(void *arg)
{
	struct synos_recommendation rec = synos_question("who am I?");

	return ask(&rec) ? errno : 0;
}

TEST_F(ask, uid)
{
	uid_t uid = synos_fresh_uid();
	struct synos_nl_query query;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_be(uid) ? 125 : ask_anything(NULL));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(uid, query.uid);
	EXPECT_EQ(pid, query.pid);
	EXPECT_EQ(0, ANSWER(query.id, "somebody", 50));
	EXPECT_EQ(0, synos_reap(pid));
}

/* That outside of it. */
TEST_F(ask, uid_in_a_user_namespace)
{
	uid_t uid = synos_fresh_uid();
	struct synos_nl_query query;
	pid_t pid;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_be(uid) || synos_be_namespace_root() || getuid() ?
		      125 : ask_anything(NULL));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(uid, query.uid);
	EXPECT_EQ(0, ANSWER(query.id, "nobody", 50));
	EXPECT_EQ(0, synos_reap(pid));
}

/* The daemon is outside: it sees any of them, as it knows them. */
TEST_F(ask, pid_of_who_is_in_a_pid_namespace)
{
	struct synos_nl_query query;
	pid_t pid;

	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(getpid() == 1 ? ask_anything(NULL) : 125);
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(pid, query.pid);
	EXPECT_EQ(0, ANSWER(query.id, "the first", 50));
	EXPECT_EQ(0, synos_reap(pid));
}

/* ... and the other way round. */
TEST_F(ask, pid_as_a_daemon_in_a_pid_namespace_knows_it)
{
	struct synos_asker asker;
	int ready[2];
	pid_t pid;
	char byte;

	synos_daemon_stop(&self->daemon);
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_daemon daemon;
		struct synos_nl_query query;
		pid_t inside;

		if (synos_daemon_start(&daemon) || write(ready[1], "x", 1) != 1)
			_exit(1);
		if (synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE))
			_exit(2);
		/* There is no such process in here. */
		if (query.pid)
			_exit(3);
		if (synos_nl_answer(&daemon.nl, query.id, "a stranger", 50))
			_exit(4);
		inside = fork();
		if (!inside)
			_exit(ask_anything(NULL));
		if (synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE) ||
		    query.pid != (uint32_t)inside)
			_exit(5);
		if (synos_nl_answer(&daemon.nl, query.id, "a child", 50) ||
		    synos_reap(inside))
			_exit(6);
		_exit(0);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	/* A child of this process would be inside; a thread cannot be made. */
	memset(&asker, 0, sizeof(asker));
	asker.rec = synos_question("who am I?");
	synos_asker_run(&asker);
	EXPECT_EQ(0, asker.ret);
	EXPECT_STREQ("a stranger", asker.rec.response);
	EXPECT_EQ(0, synos_reap(pid));
}

/* -- deadlines ------------------------------------------------------------ */

TEST_F(ask, deadline)
{
	struct synos_telemetry before = synos_counters(), after;
	struct synos_recommendation rec = synos_question("quick!");
	struct synos_nl_query query;

	rec.deadline = synos_now() + 50 * MS;
	EXPECT_ERR(ETIMEDOUT, ask(&rec));
	EXPECT_LE(rec.deadline, synos_now());
	/* It was asked, and told until when. */
	ASSERT_EQ(0, synos_nl_next_query(&self->daemon.nl, &query, 0));
	EXPECT_EQ(rec.deadline, query.deadline);
	EXPECT_STREQ("quick!", query.text);
	EXPECT_EQ('\0', rec.response[0]);

	after = synos_counters();
	EXPECT_EQ(before.queries + 1, after.queries);
	EXPECT_EQ(before.answers, after.answers);
}

TEST_F(ask, deadline_passed)
{
	struct synos_recommendation rec = synos_question("yesterday");

	struct synos_nl_query query;

	rec.deadline = 1;
	EXPECT_ERR(ETIMEDOUT, ask(&rec));
	rec.deadline = synos_now();
	EXPECT_ERR(ETIMEDOUT, ask(&rec));
	/* The daemon is not bothered with it. */
	EXPECT_ERR(EAGAIN, synos_nl_next_query(&self->daemon.nl, &query, 0));
}

TEST_F(ask, deadline_not_passed)
{
	struct synos_recommendation rec = synos_question("take your time");
	const uint64_t deadlines[] = {
		synos_now() + 20000 * MS,
		/* Of which all may become a negative number or a small one. */
		INT64_MAX - 1, INT64_MAX, INT64_MAX + 1ULL, -1000ULL, -1ULL,
	};
	struct synos_asker asker;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(deadlines); i++) {
		rec.deadline = deadlines[i];
		ASSERT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, "done",
					    50));
		EXPECT_STREQ("done", asker.rec.response);
		EXPECT_EQ(deadlines[i], asker.rec.deadline);
	}
}

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x00000080
#endif

/* Where the clock is another hour, so is the deadline. */
TEST_F(ask, deadline_in_a_time_namespace)
{
	struct synos_nl_query query;
	uint64_t start = synos_now();
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		SKIP(return, "no time namespaces");
	ASSERT_EQ(0, synos_write_file("/proc/self/timens_offsets",
				      "monotonic 100000 0\n"));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_recommendation rec = synos_question("tomorrow");

		rec.deadline = synos_now() + 50 * MS;
		if (rec.deadline < start + 100000000 * MS)
			_exit(124);
		_exit(ask(&rec) ? errno : 0);
	}
	ASSERT_EQ(0, NEXT_QUERY(&query));
	/* To this process it says its own time. */
	EXPECT_LE(start, query.deadline);
	EXPECT_GE(start + 60000 * MS, query.deadline);
	EXPECT_EQ(ETIMEDOUT, synos_reap(pid));
}

/* -- signals -------------------------------------------------------------- */

static int signals;

static void on_signal(int nr)
{
	__atomic_add_fetch(&signals, 1, __ATOMIC_SEQ_CST);
}

/* A child that asks, and what it does on SIGUSR1. */
static pid_t fork_asker(int flags, uint64_t deadline)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };
	struct synos_recommendation rec = synos_question("disturbed?");
	pid_t pid;

	pid = synos_fork();
	if (pid)
		return pid;
	if (sigaction(SIGUSR1, &action, NULL))
		_exit(124);
	rec.deadline = deadline;
	if (ask(&rec))
		_exit(errno);
	_exit(strcmp(rec.response, "for you") ? 123 :
	      __atomic_load_n(&signals, __ATOMIC_SEQ_CST));
}

TEST_F(ask, eintr)
{
	struct synos_telemetry before = synos_counters();
	struct synos_nl_query query;
	pid_t pid;

	pid = fork_asker(0, 0);
	ASSERT_LE(0, pid);
	ASSERT_EQ(0, NEXT_QUERY(&query));
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	EXPECT_EQ(EINTR, synos_reap(pid));
	EXPECT_ERR(ENOENT, ANSWER(query.id, "for nobody", 50));
	EXPECT_EQ(before.queries + 1, synos_counters().queries);
	EXPECT_EQ(before.answers, synos_counters().answers);
}

/* Asked anew, and the old question is void. */
TEST_F(ask, restarted)
{
	struct synos_nl_query first, second;
	pid_t pid;
	int i;

	pid = fork_asker(SA_RESTART, synos_now() + 20000 * MS);
	ASSERT_LE(0, pid);
	ASSERT_EQ(0, NEXT_QUERY(&first));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, kill(pid, SIGUSR1));
		ASSERT_EQ(0, NEXT_QUERY(&second));
		EXPECT_LT(first.id, second.id);
		EXPECT_EQ(first.deadline, second.deadline);
		EXPECT_EQ(pid, second.pid);
		EXPECT_STREQ(first.text, second.text);
		EXPECT_ERR(ENOENT, ANSWER(first.id, "for nobody", 50));
		first = second;
	}
	EXPECT_EQ(0, ANSWER(second.id, "for you", 50));
	/* That many signals there were. */
	EXPECT_EQ(3, synos_reap(pid));
}

/* However often it starts again: the deadline stays. */
TEST_F(ask, restarted_until_the_deadline)
{
	uint64_t deadline = synos_now() + 150 * MS;
	struct synos_nl_query query;
	pid_t pid;
	int n = 0;

	pid = fork_asker(SA_RESTART, deadline);
	ASSERT_LE(0, pid);
	while (!synos_nl_next_query(&self->daemon.nl, &query,
				    n ? 1000 : SYNOS_NL_PATIENCE)) {
		EXPECT_EQ(deadline, query.deadline);
		n++;
		if (synos_now() > deadline)
			break;
		kill(pid, SIGUSR1);
	}
	EXPECT_EQ(ETIMEDOUT, synos_reap(pid));
	EXPECT_LE(deadline, synos_now());
	EXPECT_LE(1, n);
}

/* Nobody handles it, but the call does not go on as if nothing were. */
TEST_F(ask, stopped_and_continued)
{
	struct synos_nl_query first, second;
	int status;
	pid_t pid;

	pid = fork_asker(0, 0);
	ASSERT_LE(0, pid);
	ASSERT_EQ(0, NEXT_QUERY(&first));
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(0, NEXT_QUERY(&second));
	EXPECT_LT(first.id, second.id);
	EXPECT_ERR(ENOENT, ANSWER(first.id, "for nobody", 50));
	EXPECT_EQ(0, ANSWER(second.id, "for you", 50));
	EXPECT_EQ(0, synos_reap(pid));
}

TEST_F(ask, ignored_signal)
{
	struct synos_nl_query query;
	pid_t pid;

	signal(SIGUSR2, SIG_IGN);
	pid = fork_asker(0, 0);
	ASSERT_LE(0, pid);
	ASSERT_EQ(0, NEXT_QUERY(&query));
	ASSERT_EQ(0, synos_wait_state(pid, 'S'));
	ASSERT_EQ(0, kill(pid, SIGUSR2));
	EXPECT_EQ(0, ANSWER(query.id, "for you", 50));
	EXPECT_EQ(0, synos_reap(pid));
}

TEST_F(ask, killed)
{
	struct synos_nl_query query;
	pid_t pid;

	pid = fork_asker(0, 0);
	ASSERT_LE(0, pid);
	ASSERT_EQ(0, NEXT_QUERY(&query));
	ASSERT_EQ(0, synos_wait_state(pid, 'S'));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128, synos_reap(pid));
	EXPECT_ERR(ENOENT, ANSWER(query.id, "for nobody", 50));
}

/* -- the daemon goes away ------------------------------------------------- */

TEST_F(ask, descriptor_closed)
{
	struct synos_nl_query query;
	struct synos_asker asker;

	ASSERT_EQ(0, synos_asker_start(&asker, "still there?", 0));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	ASSERT_EQ(0, close(self->daemon.fd));
	self->daemon.fd = -1;
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(-1, asker.ret);
	EXPECT_EQ(ECONNRESET, asker.err);
}

TEST_F(ask, socket_closed)
{
	struct synos_nl_query query;
	struct synos_asker asker;

	ASSERT_EQ(0, synos_asker_start(&asker, "still there?", 0));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	synos_nl_close(&self->daemon.nl);
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(-1, asker.ret);
	EXPECT_EQ(ECONNRESET, asker.err);
}

/* The same if the question was never read. */
TEST_F(ask, socket_closed_unread)
{
	struct synos_asker asker;

	ASSERT_EQ(0, synos_asker_start(&asker, "ever there?", 0));
	ASSERT_EQ(0, synos_nl_receive(&self->daemon.nl, SYNOS_NL_PATIENCE));
	synos_nl_close(&self->daemon.nl);
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(ECONNRESET, asker.err);
}

TEST_F(ask, daemon_killed)
{
	struct synos_asker askers[5];
	int ready[2];
	size_t i;
	char byte;
	pid_t pid;

	synos_daemon_stop(&self->daemon);
	ASSERT_EQ(0, pipe(ready));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_nl_query query;
		struct synos_daemon daemon;

		if (synos_daemon_start(&daemon) || write(ready[1], "x", 1) != 1)
			_exit(1);
		while (!synos_nl_next_query(&daemon.nl, &query, 60000))
			if (write(ready[1], "x", 1) != 1)
				_exit(1);
		_exit(1);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, synos_asker_start(&askers[i], "alive?", 0));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
		EXPECT_EQ(ECONNRESET, askers[i].err);
	}
	EXPECT_EQ(128, synos_reap(pid));
}

/* An asker has no hold on the registration. */
TEST_F(ask, registration_is_free_at_once)
{
	struct synos_nl_query query;
	struct synos_asker asker;
	int fd;

	ASSERT_EQ(0, synos_asker_start(&asker, "mine?", 0));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	synos_daemon_stop(&self->daemon);
	fd = synos_register();
	EXPECT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(ECONNRESET, asker.err);
}

TEST_F(ask, not_joined)
{
	struct synos_recommendation rec = synos_question("hello?");

	synos_nl_close(&self->daemon.nl);
	EXPECT_ERR(ENOTCONN, ask_in_vain());
	/* However little time there is. */
	rec.deadline = 1;
	EXPECT_ERR(ENOTCONN, ask(&rec));
	close(self->daemon.fd);
	self->daemon.fd = -1;
	EXPECT_ERR(ENOTCONN, ask_in_vain());
}

/* -- many at once --------------------------------------------------------- */

TEST_F(ask, each_its_own_answer)
{
	static struct synos_asker askers[32];
	static struct synos_nl_query queries[32];
	char text[64];
	int i, j, n;

	for (i = 0; i < 32; i++) {
		snprintf(text, sizeof(text), "question %d", i);
		ASSERT_EQ(0, synos_asker_start(&askers[i], text, 0));
	}
	for (i = 0; i < 32; i++) {
		ASSERT_EQ(0, NEXT_QUERY(&queries[i]));
		for (j = 0; j < i; j++)
			EXPECT_NE(queries[j].id, queries[i].id);
	}
	/* The last one first. */
	for (i = 31; i >= 0; i--) {
		n = atoi(strchr(queries[i].text, ' '));
		ASSERT_EQ(1, n >= 0 && n < 32);
		snprintf(text, sizeof(text), "answer %d", n);
		EXPECT_EQ(0, ANSWER(queries[i].id, text, n));
		ASSERT_EQ(0, synos_asker_join(&askers[n]));
		EXPECT_EQ(0, askers[n].ret);
		EXPECT_STREQ(text, askers[n].rec.response);
		EXPECT_EQ(n, askers[n].rec.confidence);
	}
}

TEST_F(ask, no_more_than_that_many)
{
	static struct synos_asker askers[PENDING_MAX], one;
	static struct synos_nl_query queries[PENDING_MAX];
	struct synos_nl_query query;
	char text[64];
	int i, n;

	for (i = 0; i < PENDING_MAX; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		ASSERT_EQ(0, synos_asker_start(&askers[i], text, 0));
	}
	for (i = 0; i < PENDING_MAX; i++)
		ASSERT_EQ(0, NEXT_QUERY(&queries[i]));
	EXPECT_ERR(EAGAIN, ask_in_vain());
	EXPECT_ERR(EAGAIN, ask_in_vain());

	/* Room for one is for one. */
	n = atoi(strchr(queries[0].text, ' '));
	ASSERT_EQ(1, n >= 0 && n < PENDING_MAX);
	ASSERT_EQ(0, ANSWER(queries[0].id, "the first", 50));
	ASSERT_EQ(0, synos_asker_join(&askers[n]));
	ASSERT_EQ(0, synos_asker_start(&one, "again", 0));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_STREQ("again", query.text);
	EXPECT_ERR(EAGAIN, ask_in_vain());
	ASSERT_EQ(0, ANSWER(query.id, "one of them", 50));
	ASSERT_EQ(0, synos_asker_join(&one));
	EXPECT_EQ(0, one.ret);

	/* And all of it, once they are gone together. */
	synos_daemon_stop(&self->daemon);
	for (i = 0; i < PENDING_MAX; i++) {
		if (i == n)
			continue;
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
		EXPECT_EQ(ECONNRESET, askers[i].err);
	}
	ASSERT_EQ(0, synos_daemon_start(&self->daemon));
	for (i = 0; i < PENDING_MAX; i++)
		ASSERT_EQ(0, synos_asker_start(&askers[i], "one of many", 0));
	for (i = 0; i < PENDING_MAX; i++)
		ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_ERR(EAGAIN, ask_in_vain());
	synos_daemon_stop(&self->daemon);
	for (i = 0; i < PENDING_MAX; i++)
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
}

/* Whatever ends a question makes room for the next. */
TEST_F(ask, room_after_any_end)
{
	struct synos_recommendation rec = synos_question("late");
	struct synos_nl_query query;
	pid_t pid;
	int i;

	for (i = 0; i < PENDING_MAX + 1; i++) {
		rec.deadline = synos_now();
		ASSERT_EQ(-1, ask(&rec));
		ASSERT_EQ(ETIMEDOUT, errno);
		while (!synos_nl_next_query(&self->daemon.nl, &query, 0))
			;
	}
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct sigaction action = { .sa_handler = on_signal };

		/* One of them is always on its way. */
		sigaction(SIGALRM, &action, NULL);
		rec.deadline = 0;
		for (i = 0; i < PENDING_MAX + 1; i++) {
			ualarm(1000, 1000);
			if (!ask(&rec) || errno != EINTR)
				_exit(1);
			ualarm(0, 0);
		}
		_exit(0);
	}
	for (i = 0; i < PENDING_MAX + 1; i++)
		ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(0, synos_reap(pid));
}

/*
 * A process of @uid that has as many questions pending as one may, tries one
 * more when told, and says what came of it.
 */
struct crowd {
	pid_t pid;
	int go[2], said[2];
};

static int crowd_start(struct crowd *crowd, struct synos_daemon *daemon,
		       uid_t uid, int namespace_root, int count)
{
	static struct synos_asker askers[PENDING_USER];
	char byte;
	int i;

	if (pipe(crowd->go) || pipe(crowd->said))
		return -1;
	crowd->pid = synos_fork();
	if (crowd->pid) {
		close(crowd->go[0]);
		close(crowd->said[1]);
		return crowd->pid < 0 ? -1 : 0;
	}
	close(crowd->go[1]);
	/* Copies, which would keep it. */
	synos_daemon_stop(daemon);
	if (synos_be(uid) || (namespace_root && synos_be_namespace_root()))
		_exit(1);
	for (i = 0; i < count; i++)
		if (synos_asker_start(&askers[i], "one of a user", 0))
			_exit(2);
	while (read(crowd->go[0], &byte, 1) == 1 && byte == 'x') {
		byte = ask_in_vain() ? errno : 0;
		if (write(crowd->said[1], &byte, 1) != 1)
			_exit(3);
	}
	for (i = 0; i < count; i++)
		if (synos_asker_join(&askers[i]) || askers[i].err != ECONNRESET)
			_exit(4);
	_exit(0);
}

/* What one more gets. */
static int crowd_ask(struct crowd *crowd)
{
	char byte;

	if (write(crowd->go[1], "x", 1) != 1 ||
	    read(crowd->said[0], &byte, 1) != 1)
		return -1;
	return byte;
}

static int crowd_stop(struct crowd *crowd)
{
	/* Not by closing it: those who came later have a copy. */
	if (write(crowd->go[1], "q", 1) != 1)
		return -1;
	close(crowd->go[1]);
	close(crowd->said[0]);
	return synos_reap(crowd->pid);
}

TEST_F(ask, no_more_of_one_user)
{
	uid_t uid = synos_fresh_uid(), other = synos_fresh_uid();
	struct synos_recommendation rec = synos_question("root");
	struct crowd many, same, inside;
	struct synos_nl_query query;
	struct synos_asker asker;
	pid_t pid;
	int i;

	ASSERT_EQ(0, crowd_start(&many, &self->daemon, uid, 0, PENDING_USER));
	for (i = 0; i < PENDING_USER; i++) {
		ASSERT_EQ(0, NEXT_QUERY(&query));
		EXPECT_EQ(uid, query.uid);
	}
	EXPECT_EQ(EAGAIN, crowd_ask(&many));

	/* It is of the user, by whatever process, and whatever it is inside. */
	ASSERT_EQ(0, crowd_start(&same, &self->daemon, uid, 0, 0));
	EXPECT_EQ(EAGAIN, crowd_ask(&same));
	ASSERT_EQ(0, crowd_start(&inside, &self->daemon, uid, 1, 0));
	EXPECT_EQ(EAGAIN, crowd_ask(&inside));

	/* Others are not kept from it. */
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_be(other) ? 125 : ask_anything(NULL));
	ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(other, query.uid);
	EXPECT_EQ(0, ANSWER(query.id, "you may", 50));
	EXPECT_EQ(0, synos_reap(pid));
	/* Not those either who may have as many as there are. */
	for (i = 0; i < PENDING_USER + 1; i++) {
		ASSERT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, "may",
					    50));
	}

	synos_daemon_stop(&self->daemon);
	EXPECT_EQ(0, crowd_stop(&many));
	EXPECT_EQ(0, crowd_stop(&same));
	EXPECT_EQ(0, crowd_stop(&inside));

	/* Nothing is held against the user any more. */
	ASSERT_EQ(0, synos_daemon_start(&self->daemon));
	ASSERT_EQ(0, crowd_start(&many, &self->daemon, uid, 0, PENDING_USER));
	for (i = 0; i < PENDING_USER; i++)
		ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_EQ(EAGAIN, crowd_ask(&many));
	synos_daemon_stop(&self->daemon);
	EXPECT_EQ(0, crowd_stop(&many));
}

/* Root without the capability is a user like any other. */
TEST_F(ask, no_more_of_a_stripped_root)
{
	static struct synos_asker askers[PENDING_USER];
	struct synos_nl_query query;
	int i;

	ASSERT_EQ(0, synos_be_stripped());
	for (i = 0; i < PENDING_USER; i++)
		ASSERT_EQ(0, synos_asker_start(&askers[i], "stripped", 0));
	for (i = 0; i < PENDING_USER; i++)
		ASSERT_EQ(0, NEXT_QUERY(&query));
	EXPECT_ERR(EAGAIN, ask_in_vain());
	synos_daemon_stop(&self->daemon);
	for (i = 0; i < PENDING_USER; i++)
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
}

/* A daemon that does not read is not waited for. */
TEST_F(ask, full_buffer)
{
	static struct synos_asker askers[PENDING_MAX];
	struct synos_recommendation rec = synos_question("after that");
	struct synos_telemetry before = synos_counters();
	struct synos_nl_query query;
	struct synos_asker asker;
	int size = 1, full = 0, i, n;

	ASSERT_EQ(0, setsockopt(self->daemon.nl.fd, SOL_SOCKET, SO_RCVBUF,
				&size, sizeof(size)));
	for (n = 0; n < PENDING_MAX && !full; n++) {
		ASSERT_EQ(0, synos_asker_start(&askers[n], "unread", 0));
		/* It waits for the answer, or is back without. */
		while (!full) {
			full = synos_asker_done(&askers[n]);
			if (askers[n].tid &&
			    synos_thread_state(askers[n].tid) == 'S')
				break;
		}
	}
	ASSERT_TRUE(full);
	ASSERT_LT(1, n);
	ASSERT_GT(PENDING_MAX, n);
	EXPECT_EQ(EAGAIN, askers[n - 1].err);
	EXPECT_ERR(EAGAIN, ask_in_vain());
	EXPECT_EQ(before.queries + n + 1, synos_counters().queries);

	/*
	 * What got there is there, and once it is read, there is room again.
	 * The daemon has lost nothing: who was refused knows.
	 */
	for (i = 0; i < n - 1; i++) {
		ASSERT_EQ(0, NEXT_QUERY(&query));
		EXPECT_STREQ("unread", query.text);
		EXPECT_EQ(0, ANSWER(query.id, "read", 50));
	}
	for (i = 0; i < n - 1; i++) {
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
		EXPECT_EQ(0, askers[i].ret);
	}
	EXPECT_ERR(EAGAIN, synos_nl_next_query(&self->daemon.nl, &query, 0));
	EXPECT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, "fine", 50));
}

/* A socket may have a filter of its own, as any can; it is the daemon's loss. */
TEST_F(ask, filtered_by_the_daemon)
{
	struct sock_filter none = { .code = BPF_RET | BPF_K, .k = 0 };
	struct sock_fprog prog = { .len = 1, .filter = &none };
	struct synos_recommendation rec = synos_question("filtered?");
	struct synos_nl_query query;
	struct synos_asker asker;
	int i, unused = 0;

	ASSERT_EQ(0, setsockopt(self->daemon.nl.fd, SOL_SOCKET,
				SO_ATTACH_FILTER, &prog, sizeof(prog)));
	for (i = 0; i < PENDING_MAX + 1; i++)
		EXPECT_ERR(EAGAIN, ask_in_vain());
	EXPECT_ERR(EAGAIN, synos_nl_next_query(&self->daemon.nl, &query, 0));
	ASSERT_EQ(0, setsockopt(self->daemon.nl.fd, SOL_SOCKET,
				SO_DETACH_FILTER, &unused, sizeof(unused)));
	EXPECT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec, "fine", 50));
}

/* -- what is left --------------------------------------------------------- */

/* Sockets in use by the system, -1 if that is not told. */
static int count_sockets(void)
{
	char text[1024];
	int used;

	if (synos_read_file("/proc/net/sockstat", text, sizeof(text)) < 0 ||
	    sscanf(text, "sockets: used %d", &used) != 1)
		return -1;
	return used;
}

/* Whatever becomes of a question, it does not hold on to the daemon's socket. */
TEST_F(ask, sockets_let_go)
{
	struct sock_filter none = { .code = BPF_RET | BPF_K, .k = 0 };
	struct sock_fprog prog = { .len = 1, .filter = &none };
	struct timespec tick = { .tv_nsec = 5000000 };
	struct synos_recommendation rec = synos_question("kept?");
	uint64_t end = synos_now() + 10000 * MS;
	int i, n, size = 1, before = count_sockets();
	struct synos_asker asker;

	if (before < 0)
		SKIP(return, "no number of sockets to be seen by");
	for (i = 0; i < 50; i++) {
		synos_daemon_stop(&self->daemon);
		ASSERT_EQ(0, synos_daemon_start(&self->daemon));
		switch (i % 5) {
		case 0:
			rec.deadline = 0;
			ASSERT_EQ(0, ask_and_answer(&self->daemon, &asker, &rec,
						    "no", 1));
			break;
		case 1:
			rec.deadline = 1;
			EXPECT_ERR(ETIMEDOUT, ask(&rec));
			break;
		case 2:
			rec.deadline = synos_now() + 1 * MS;
			EXPECT_ERR(ETIMEDOUT, ask(&rec));
			break;
		case 3:
			setsockopt(self->daemon.nl.fd, SOL_SOCKET,
				   SO_ATTACH_FILTER, &prog, sizeof(prog));
			EXPECT_ERR(EAGAIN, ask_in_vain());
			break;
		case 4:
			setsockopt(self->daemon.nl.fd, SOL_SOCKET, SO_RCVBUF,
				   &size, sizeof(size));
			for (n = 0; n < PENDING_MAX; n++) {
				rec.deadline = synos_now() + 1 * MS;
				if (ask(&rec) && errno == EAGAIN)
					break;
			}
			EXPECT_EQ(EAGAIN, errno);
			break;
		}
	}
	/* They go a little later than they are closed. */
	while (count_sockets() > before + 5 && synos_now() < end)
		nanosleep(&tick, NULL);
	EXPECT_GE(before + 5, count_sockets());
}

TEST_HARNESS_MAIN
