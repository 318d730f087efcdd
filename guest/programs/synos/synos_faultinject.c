// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call and every command, with the first of the allocations and copies it
 * takes failing, then the second, and so on, until there is none left to fail.
 * Each time there is an error that is documented, or none, and whatever was not
 * done has left nothing behind.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Many times what any of them takes. */
#define MANY	400

/* -- the faults ----------------------------------------------------------- */

/* What is set for it, and back to what it was. */
static const struct {
	const char *name, *value;
	int required;
} settings[] = {
	/* Also allocations that may wait. */
	{ "failslab/ignore-gfp-wait", "0", 1 },
	{ "fail_page_alloc/ignore-gfp-wait", "0", 0 },
	{ "fail_page_alloc/min-order", "0", 0 },
	/* Each of them would be reported, with a trace. */
	{ "failslab/verbose", "0", 1 },
	{ "fail_page_alloc/verbose", "0", 0 },
	{ "fail_usercopy/verbose", "0", 0 },
};

#define NSETTINGS	(ARRAY_SIZE(settings))

FIXTURE(fault) {
	char debugfs[64];
	char old[NSETTINGS][32];
	int nth;		/* of this thread */
	struct synos_sysctls sysctls;
};

static int setting(const char *debugfs, size_t i, char *old, const char *new)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", debugfs, settings[i].name);
	if (old) {
		if (synos_read_file(path, old, 32) < 0)
			return -1;
	}
	return synos_write_file(path, new);
}

FIXTURE_SETUP(fault)
{
	size_t i;

	self->nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (self->nth < 0)
		SKIP(return, "the kernel has no fail-nth");
	ASSERT_EQ(0, synos_save_sysctls(&self->sysctls));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	snprintf(self->debugfs, sizeof(self->debugfs), "/tmp/synos_fault.%d",
		 getpid());
	ASSERT_EQ(0, mkdir(self->debugfs, 0700));
	if (mount("debugfs", self->debugfs, "debugfs", 0, NULL)) {
		rmdir(self->debugfs);
		SKIP(return, "the kernel has no debugfs to set faults up by");
	}
	for (i = 0; i < NSETTINGS; i++) {
		if (!setting(self->debugfs, i, self->old[i], settings[i].value))
			continue;
		self->old[i][0] = '\0';
		if (settings[i].required) {
			umount2(self->debugfs, MNT_DETACH);
			rmdir(self->debugfs);
			SKIP(return, "the kernel has no failslab");
		}
	}
	/* Faults are for the calls, not for the pages of this program. */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
}

FIXTURE_TEARDOWN(fault)
{
	size_t i;

	for (i = 0; i < NSETTINGS; i++)
		if (self->old[i][0])
			EXPECT_EQ(0, setting(self->debugfs, i, NULL,
					     self->old[i]));
	EXPECT_EQ(0, synos_restore_sysctls(&self->sysctls));
	umount2(self->debugfs, MNT_DETACH);
	rmdir(self->debugfs);
	close(self->nth);
}

/* Has the @n-th chance of a fault be one, in this thread. */
static void arm(int nth, int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	if (write(nth, text, strlen(text)) < 0)
		abort();
}

/* Whether there was one; and there will not be any more. */
static int disarm(int nth)
{
	int err = errno, i;
	char byte = 'x';

	/* It is what reading it is met by if there was none before. */
	if (pread(nth, &byte, 1, 0) != 1)
		byte = 'x';
	for (i = 0; i < 2; i++)
		if (write(nth, "0", 1) == 1)
			break;
	errno = err;
	return byte == '0';
}

/*
 * Does @call, which sets ret, with each of its chances a fault in turn; then
 * @check looks at what came of it: ret, err, and whether there was a fault.
 */
#define FOR_EACH_FAULT(call, check)					\
	do {								\
		int fault_ = 1, faults_ = 0;				\
									\
		while (fault_) {					\
			int fault, err, n = ++faults_;			\
			long ret;					\
									\
			ASSERT_GT(MANY, n);				\
			errno = 0;					\
			arm(self->nth, n);				\
			ret = (call);					\
			fault_ = disarm(self->nth);			\
			fault = fault_;					\
			err = ret < 0 ? errno : 0;			\
			(void)fault;					\
			if (!fault_)					\
				EXPECT_LE(0, ret) {			\
					TH_LOG("%d without a fault",	\
					       err);			\
				}					\
			check;						\
		}							\
		/* There has to be one, or this tests nothing. */	\
		EXPECT_LT(1, faults_);					\
	} while (0)

#define REPORT(n, err)	TH_LOG("fault %d: error %d", n, err)

/* What a call may fail with, if it is not for what it was called with. */
static int is_clean(int err)
{
	return err == ENOMEM || err == EFAULT;
}

/* What may be said of a request; ENOBUFS is that nothing could be. */
static int is_told(int err)
{
	return !err || is_clean(err) || err == ENOBUFS;
}

/* -- the calls ------------------------------------------------------------ */

TEST_F(fault, register)
{
	struct synos_consciousness_state state = synos_state(1, 2, "faulty");
	struct synos_telemetry before;
	int fd;

	before = synos_counters();
	FOR_EACH_FAULT(synos_register_consciousness(&state, sizeof(state), 0), ({
		if (ret < 0) {
			EXPECT_EQ(1, is_clean(err)) REPORT(n, err);
			EXPECT_EQ(before.registrations,
				  synos_counters().registrations);
			/* It was not, and can be. */
			fd = synos_register();
			ASSERT_LE(0, fd);
			close(fd);
		} else {
			EXPECT_ERR(EBUSY, synos_register());
			close(ret);
		}
		before = synos_counters();
	}));
}

TEST_F(fault, update)
{
	struct synos_consciousness_state state = synos_state(1, 2, "faulty");
	struct synos_telemetry before = synos_counters(), after;
	char text[512];
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	FOR_EACH_FAULT(synos_update_state(fd, &state, sizeof(state), 0), ({
		if (ret < 0)
			EXPECT_EQ(EFAULT, err);
		after = synos_counters();
		EXPECT_EQ(before.updates + !ret, after.updates);
		before = after;
		ASSERT_LT(0, synos_read_file("/proc/synos/consciousness", text,
					     sizeof(text)));
		EXPECT_EQ(!ret, !!strstr(text, "Context: faulty\n"));
	}));
	close(fd);
}

TEST_F(fault, telemetry)
{
	struct synos_telemetry telemetry;

	FOR_EACH_FAULT(synos_get_telemetry(&telemetry, sizeof(telemetry), 0), ({
		EXPECT_EQ(1, ret < 0 ? err == EFAULT :
				       telemetry.ring_capacity >= 16);
	}));
}

TEST_F(fault, log)
{
	struct synos_ai_event event = synos_event(SYNOS_EVENT_NETWORK, 3,
						  "faulty");
	struct synos_telemetry before = synos_counters(), after;

	FOR_EACH_FAULT(synos_log_event(&event, sizeof(event), 0), ({
		after = synos_counters();
		if (ret < 0)
			EXPECT_EQ(EFAULT, err);
		EXPECT_EQ(before.events_logged + !ret, after.events_logged);
		EXPECT_EQ(before.network_events + !ret, after.network_events);
		before = after;
	}));
}

/* An event that cannot be sent is logged all the same, and the listener told. */
TEST_F(fault, log_with_listeners)
{
	struct synos_ai_event event = synos_event(SYNOS_EVENT_NETWORK, 3,
						  "faulty");
	struct synos_telemetry before = synos_counters(), after;
	struct synos_nl listeners[2];
	struct synos_nl_event heard;
	int i, told = 0;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, synos_nl_open(&listeners[i]));
		ASSERT_EQ(0, synos_nl_subscribe(&listeners[i]));
	}
	/* One is told the pids. */
	ASSERT_EQ(0, synos_nl_filter(&listeners[0], -1, -1));
	FOR_EACH_FAULT(synos_log_event(&event, sizeof(event), 0), ({
		after = synos_counters();
		if (ret < 0)
			EXPECT_EQ(EFAULT, err);
		EXPECT_EQ(before.events_logged + !ret, after.events_logged);
		for (i = 0; i < 2 && !ret; i++) {
			int lost, got;

			lost = synos_nl_next_event(&listeners[i], &heard, 0);
			if (lost) {
				EXPECT_EQ(ENOBUFS, errno);
				told++;
			}
			/* All are told, also those who got it. */
			got = !lost || !synos_nl_next_event(&listeners[i],
							    &heard, 0);
			if (got) {
				EXPECT_EQ(after.events_logged, heard.seq);
				EXPECT_STREQ("faulty", heard.description);
			}
			/* Once, and nothing else. */
			EXPECT_ERR(EAGAIN, synos_nl_next_event(&listeners[i],
							       &heard, 0));
		}
		before = after;
	}));
	EXPECT_LT(0, told);
	for (i = 0; i < 2; i++)
		synos_nl_close(&listeners[i]);
}

/* A thread that asks with a fault of its own. */
struct faulty_asker {
	struct synos_asker asker;
	int n, fault;
};

static void *ask_with_a_fault(void *arg)
{
	struct faulty_asker *faulty = arg;
	int nth;

	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	arm(nth, faulty->n);
	faulty->asker.ret =
		synos_query_recommendation(&faulty->asker.rec,
					   sizeof(faulty->asker.rec), 0);
	faulty->fault = disarm(nth);
	faulty->asker.err = faulty->asker.ret ? errno : 0;
	close(nth);
	return NULL;
}

TEST_F(fault, ask)
{
	struct synos_telemetry before, after;
	struct synos_nl_query query;
	struct synos_daemon daemon;
	struct faulty_asker faulty = { .fault = 1 };
	int answered, unanswered = 0, err;

	ASSERT_EQ(0, synos_daemon_start(&daemon));
	while (faulty.fault) {
		faulty.n++;
		ASSERT_GT(MANY, faulty.n);
		faulty.asker.rec = synos_question("faulty?");
		before = synos_counters();
		answered = 0;
		ASSERT_EQ(0, pthread_create(&faulty.asker.thread, NULL,
					    ask_with_a_fault, &faulty));
		for (;;) {
			if (!synos_nl_next_query(&daemon.nl, &query, 10)) {
				EXPECT_STREQ("faulty?", query.text);
				EXPECT_EQ(0, synos_nl_answer(&daemon.nl,
							     query.id, "fine",
							     7));
				answered = 1;
			}
			if (synos_asker_done(&faulty.asker))
				break;
		}
		if (faulty.asker.ret) {
			err = faulty.asker.err;
			EXPECT_EQ(1, is_clean(err) || err == EAGAIN)
				REPORT(faulty.n, err);
			/* What was answered could not be told. */
			if (answered)
				EXPECT_EQ(EFAULT, faulty.asker.err);
			unanswered++;
		} else {
			EXPECT_STREQ("fine", faulty.asker.rec.response);
			EXPECT_EQ(7, faulty.asker.rec.confidence);
		}
		after = synos_counters();
		EXPECT_EQ(before.answers + answered, after.answers);
		EXPECT_LE(after.queries, before.queries + 1);
	}
	EXPECT_EQ(0, faulty.asker.ret);
	EXPECT_LT(0, unanswered);
	EXPECT_ERR(EAGAIN, synos_nl_next_query(&daemon.nl, &query, 0));
	synos_daemon_stop(&daemon);
}

/* -- the files ------------------------------------------------------------ */

static char text[SYNOS_EVENTS_BUF], other[SYNOS_EVENTS_BUF];

TEST_F(fault, open_and_read)
{
	static const char *const names[] = {
		"/proc/synos/consciousness", "/proc/synos/events",
		"/proc/synos/telemetry", "/proc/synos/version",
	};
	ssize_t len;
	size_t i;
	int fd;

	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "to be read"));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		len = synos_read_file(names[i], text, sizeof(text));
		ASSERT_LT(0, len);
		FOR_EACH_FAULT(open(names[i], O_RDONLY), ({
			if (ret >= 0)
				close(ret);
			else
				EXPECT_EQ(1, is_clean(err)) REPORT(n, err);
		}));
		fd = open(names[i], O_RDONLY);
		ASSERT_LE(0, fd);
		FOR_EACH_FAULT((lseek(fd, 0, SEEK_SET),
				read(fd, other, sizeof(other))), ({
			EXPECT_EQ(1, ret < 0 ? is_clean(err) :
					       !memcmp(text, other, ret))
				REPORT(n, err);
		}));
		close(fd);
	}
}

/* -- the limits ----------------------------------------------------------- */

static int write_sysctl(const char *name, const char *value)
{
	char path[64];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/kernel/synos/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, value, strlen(value));
	if (n < 0) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	close(fd);
	return 0;
}

/* Either the new size, with what fits, or the old, with all there was. */
TEST_F(fault, resize)
{
	static const char *const sizes[] = { "64", "1024", "16", "256" };
	const char *name = "ring_size";
	struct synos_telemetry before, after;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t size = strtoul(sizes[i], NULL, 10), held, old;
		int j;

		for (j = 0; j < 300; j++)
			ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "held"));
		before = synos_counters();
		FOR_EACH_FAULT(write_sysctl(name, sizes[i]), ({
			after = synos_counters();
			held = before.events_logged - before.events_dropped;
			if (ret < 0) {
				EXPECT_EQ(1, is_clean(err)) REPORT(n, err);
				EXPECT_EQ(0, memcmp(&before, &after,
						    sizeof(before)));
			} else {
				EXPECT_EQ(size, after.ring_capacity);
				EXPECT_EQ(before.events_logged,
					  after.events_logged);
				EXPECT_EQ(held < size ? held : size,
					  after.events_logged -
					  after.events_dropped);
				/* Back, for there to be something to do. */
				old = before.ring_capacity;
				if (fault && old != size)
					ASSERT_EQ(0, synos_set_sysctl(name, old));
			}
			before = synos_counters();
		}));
	}
}

TEST_F(fault, other_limits)
{
	FOR_EACH_FAULT(write_sysctl("min_severity", "3"), ({
		if (ret < 0)
			EXPECT_EQ(1, is_clean(err)) REPORT(n, err);
		EXPECT_EQ(ret < 0 ? self->sysctls.min_severity : 3,
			  synos_sysctl("min_severity"));
		ASSERT_EQ(0, synos_set_sysctl("min_severity",
					      self->sysctls.min_severity));
	}));
}

/* -- netlink -------------------------------------------------------------- */

/* As a call of its own: all that is done is done while sending. */
static int send_request(struct synos_nl *nl, struct synos_nl_msg *msg)
{
	return synos_nl_send(nl, msg);
}

/*
 * What a request came to: 0, an error, or ENOBUFS if that could not be told.
 */
static int result(struct synos_nl *nl)
{
	struct synos_nl_msg *msg;
	int ret;

	msg = synos_nl_take(nl, nl->seq, 0, 0);
	if (!msg)
		return errno;
	ret = synos_nl_result(nl, msg) ? errno : 0;
	free(msg);
	return ret;
}

/* Whether the daemon is asked, and its answer gets there. */
static int works(struct synos_daemon *daemon)
{
	struct synos_nl_query query;
	struct synos_asker asker;

	if (synos_asker_start(&asker, "fine?", 0) ||
	    synos_asker_query(&asker, &daemon->nl, &query) ||
	    synos_nl_answer(&daemon->nl, query.id, "fine", 7) ||
	    synos_asker_join(&asker))
		return 0;
	return !asker.ret && !strcmp(asker.rec.response, "fine");
}

TEST_F(fault, join)
{
	struct synos_daemon daemon;
	struct synos_nl_msg msg;
	int joined, err_nl;

	FOR_EACH_FAULT(({
		int sent;

		/* A new socket each time, of which nothing is known yet. */
		disarm(self->nth);
		daemon.fd = synos_register();
		ASSERT_LE(0, daemon.fd);
		ASSERT_EQ(0, synos_nl_open(&daemon.nl));
		synos_nl_begin(&msg, daemon.nl.family, SYNOS_CMD_JOIN,
			       NLM_F_ACK);
		synos_nl_put_u32(&msg, SYNOS_A_DAEMON_FD, daemon.fd);
		errno = 0;
		arm(self->nth, faults_);
		sent = send_request(&daemon.nl, &msg);
		sent;
	}), ({
		err_nl = ret < 0 ? err : result(&daemon.nl);
		EXPECT_EQ(1, is_told(err_nl)) REPORT(n, err_nl);
		joined = !synos_nl_join(&daemon.nl, daemon.fd);
		/* It has joined before, or it has not and does now. */
		if (!joined)
			EXPECT_EQ(EBUSY, errno);
		if (!err_nl)
			EXPECT_FALSE(joined);
		if (err_nl && err_nl != ENOBUFS)
			EXPECT_TRUE(joined);
		EXPECT_TRUE(works(&daemon));
		synos_daemon_stop(&daemon);
	}));
}

TEST_F(fault, answer)
{
	struct synos_daemon daemon;
	struct synos_nl_query query;
	struct synos_asker asker;
	struct synos_nl_msg msg;
	int err_nl, done;

	ASSERT_EQ(0, synos_daemon_start(&daemon));
	FOR_EACH_FAULT(({
		int sent;

		disarm(self->nth);
		ASSERT_EQ(0, synos_asker_start(&asker, "faulty?", 0));
		ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query,
						 SYNOS_NL_PATIENCE));
		synos_nl_begin(&msg, daemon.nl.family, SYNOS_CMD_ANSWER,
			       NLM_F_ACK);
		synos_nl_put_u64(&msg, SYNOS_A_ANSWER_ID, query.id);
		synos_nl_put_string(&msg, SYNOS_A_ANSWER_TEXT, "faulty");
		synos_nl_put_u32(&msg, SYNOS_A_ANSWER_CONFIDENCE, 5);
		errno = 0;
		arm(self->nth, faults_);
		sent = send_request(&daemon.nl, &msg);
		sent;
	}), ({
		err_nl = ret < 0 ? err : result(&daemon.nl);
		EXPECT_EQ(1, is_told(err_nl)) REPORT(n, err_nl);
		done = synos_nl_answer(&daemon.nl, query.id, "again", 6);
		if (done)
			EXPECT_EQ(ENOENT, errno);
		ASSERT_EQ(0, synos_asker_join(&asker));
		EXPECT_EQ(0, asker.ret);
		EXPECT_STREQ(done ? "faulty" : "again", asker.rec.response);
		EXPECT_EQ(done ? 5 : 6, asker.rec.confidence);
		if (!err_nl)
			EXPECT_NE(0, done);
	}));
	synos_daemon_stop(&daemon);
}

TEST_F(fault, filter)
{
	struct synos_nl_event event;
	struct synos_nl_msg msg;
	struct synos_nl nl;
	int err_nl, filtered;

	FOR_EACH_FAULT(({
		int sent;

		disarm(self->nth);
		ASSERT_EQ(0, synos_nl_open(&nl));
		ASSERT_EQ(0, synos_nl_subscribe(&nl));
		synos_nl_begin(&msg, nl.family, SYNOS_CMD_FILTER, NLM_F_ACK);
		synos_nl_put_u32(&msg, SYNOS_A_FILTER_MIN_SEVERITY, 9);
		errno = 0;
		arm(self->nth, faults_);
		sent = send_request(&nl, &msg);
		sent;
	}), ({
		err_nl = ret < 0 ? err : result(&nl);
		EXPECT_EQ(1, is_told(err_nl)) REPORT(n, err_nl);
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "of severity 5"));
		filtered = synos_nl_next_event(&nl, &event, 0) != 0;
		if (!err_nl)
			EXPECT_TRUE(filtered);
		if (err_nl && err_nl != ENOBUFS)
			EXPECT_FALSE(filtered);
		synos_nl_close(&nl);
	}));
}

TEST_F(fault, subscribe)
{
	struct synos_nl_event event;
	struct synos_nl nl;

	FOR_EACH_FAULT(({
		int joined;

		disarm(self->nth);
		ASSERT_EQ(0, synos_nl_open(&nl));
		errno = 0;
		arm(self->nth, faults_);
		joined = synos_nl_subscribe(&nl);
		joined;
	}), ({
		if (ret < 0)
			EXPECT_EQ(1, is_clean(err)) REPORT(n, err);
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "heard?"));
		EXPECT_EQ(ret, synos_nl_next_event(&nl, &event, 0));
		synos_nl_close(&nl);
	}));
}

/* Receives what there is, into memory that is there. */
static ssize_t receive(struct synos_nl *nl, void *buf, size_t size)
{
	return recv(nl->fd, buf, size, MSG_DONTWAIT);
}

/*
 * What can be read of a dump is in order, whatever becomes of the rest.  Returns
 * a negative error.
 */
static int check_dump(const void *buf, ssize_t len, uint64_t *last, int *done)
{
	const struct nlmsghdr *nlh = buf;
	int left = len;

	for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
		struct synos_nl_event event;
		struct synos_nl_msg msg;

		if (nlh->nlmsg_type == NLMSG_DONE ||
		    nlh->nlmsg_type == NLMSG_ERROR) {
			int err;

			memcpy(&err, NLMSG_DATA(nlh), sizeof(err));
			*done = 1;
			return err;
		}
		memcpy(msg.buf, nlh, nlh->nlmsg_len);
		synos_nl_parse_event(&msg, &event);
		if (event.seq <= *last)
			return -EILSEQ;
		*last = event.seq;
	}
	return 0;
}

TEST_F(fault, dump)
{
	static char buf[65536];
	struct synos_nl_event event;
	struct synos_nl_msg msg;
	uint64_t last, newest;
	struct synos_nl nl;
	int i, err_nl, done;

	ASSERT_EQ(0, synos_set_sysctl("ring_size", 512));
	for (i = 0; i < 512; i++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "dumped"));
	newest = synos_counters().events_logged;

	/* While it begins, ... */
	FOR_EACH_FAULT(({
		int sent;

		disarm(self->nth);
		ASSERT_EQ(0, synos_nl_open(&nl));
		synos_nl_begin(&msg, nl.family, SYNOS_CMD_EVENT_GET,
			       NLM_F_DUMP);
		errno = 0;
		arm(self->nth, faults_);
		sent = send_request(&nl, &msg);
		sent;
	}), ({
		last = 0;
		done = 0;
		err_nl = ret < 0 ? err : 0;
		while (!err_nl && !done) {
			ssize_t len = receive(&nl, buf, sizeof(buf));

			err_nl = len < 0 ? errno :
				 -check_dump(buf, len, &last, &done);
		}
		EXPECT_EQ(1, is_told(err_nl) || err_nl == EAGAIN)
			REPORT(n, err_nl);
		if (!err_nl)
			EXPECT_EQ(newest, last);
		synos_nl_close(&nl);
	}));

	/* ... and while it goes on. */
	FOR_EACH_FAULT(({
		ssize_t len;

		disarm(self->nth);
		ASSERT_EQ(0, synos_nl_open(&nl));
		ASSERT_EQ(0, synos_nl_dump(&nl, 0));
		errno = 0;
		arm(self->nth, faults_);
		len = receive(&nl, buf, sizeof(buf));
		len;
	}), ({
		last = 0;
		done = 0;
		err_nl = ret < 0 ? err : -check_dump(buf, ret, &last, &done);
		EXPECT_EQ(1, is_told(err_nl)) REPORT(n, err_nl);
		while (!done) {
			ssize_t len = receive(&nl, buf, sizeof(buf));

			if (len < 0)
				break;
			err_nl = -check_dump(buf, len, &last, &done);
			EXPECT_EQ(1, is_told(err_nl)) REPORT(n, err_nl);
		}
		synos_nl_close(&nl);
	}));

	/* And it is as good as ever. */
	ASSERT_EQ(0, synos_nl_open(&nl));
	ASSERT_EQ(0, synos_nl_dump(&nl, 0));
	for (i = 0; synos_nl_dump_next(&nl, &event) > 0; i++)
		;
	EXPECT_EQ(512, i);
	synos_nl_close(&nl);
}

/* -- afterwards ----------------------------------------------------------- */

TEST_F(fault, nothing_is_left)
{
	static struct synos_asker askers[64];
	struct synos_nl_query query;
	struct synos_daemon daemon;
	int i;

	ASSERT_EQ(0, synos_daemon_start(&daemon));
	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, synos_asker_start(&askers[i], "room?", 0));
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query,
						 SYNOS_NL_PATIENCE));
		ASSERT_EQ(0, synos_nl_answer(&daemon.nl, query.id, "yes", 1));
	}
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
		EXPECT_EQ(0, askers[i].ret);
	}
	synos_daemon_stop(&daemon);
}

TEST_HARNESS_MAIN
