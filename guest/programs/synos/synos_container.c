// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers: what they see of the one daemon there is, and what they may do,
 * which is what an unprivileged user may, whatever root they are inside.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <sys/mount.h>

#define PROC	"/proc/synos/"

/* All that this kernel has, and some of them it has to have. */
static int all_namespaces(void)
{
	int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET;

	if (!access("/proc/self/ns/uts", F_OK))
		flags |= CLONE_NEWUTS;
	if (!access("/proc/self/ns/ipc", F_OK))
		flags |= CLONE_NEWIPC;
	if (!access("/proc/self/ns/cgroup", F_OK))
		flags |= CLONE_NEWCGROUP;
	return flags;
}

/*
 * Each kind is a process that has become the first of a container, with a
 * /proc of its own.
 */
FIXTURE(container) {
	struct synos_daemon daemon;
	uid_t uid;
};

FIXTURE_VARIANT(container) {
	/* Root of a user namespace, or of none. */
	int user_namespace;
	/* Of whom: root outside, or somebody. */
	int of_somebody;
};

/* As rootless container engines make them. */
FIXTURE_VARIANT_ADD(container, rootless) {
	.user_namespace = 1,
	.of_somebody = 1,
};

/* The outer root is who it is run by, and the user ids are the same. */
FIXTURE_VARIANT_ADD(container, user_namespace_of_root) {
	.user_namespace = 1,
	.of_somebody = 0,
};

/* Root, and with all capabilities but one: what is called a privileged one. */
FIXTURE_VARIANT_ADD(container, without_user_namespace) {
	.user_namespace = 0,
	.of_somebody = 0,
};

FIXTURE_SETUP(container)
{
	self->uid = variant->of_somebody ? synos_fresh_uid() : 0;
	ASSERT_EQ(0, synos_daemon_start(&self->daemon));
}

FIXTURE_TEARDOWN(container)
{
	synos_daemon_stop(&self->daemon);
}

#define NOT_A_CONTAINER	200

struct container {
	int user_namespace;
	uid_t uid;
	int (*what)(void *arg);
	void *arg;
};

/* Runs in a process of its own, and becomes the parent of the container. */
static int run(struct container *container)
{
	pid_t pid;

	if (container->uid && synos_be(container->uid))
		return NOT_A_CONTAINER;
	if (container->user_namespace && synos_be_namespace_root())
		return NOT_A_CONTAINER + 1;
	if (unshare(all_namespaces()))
		return NOT_A_CONTAINER + 2;
	pid = synos_fork();
	if (pid < 0)
		return NOT_A_CONTAINER + 3;
	if (pid)
		return synos_reap(pid);
	if (getpid() != 1 || getuid() ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		_exit(NOT_A_CONTAINER + 4);
	if (!container->user_namespace && synos_be_stripped())
		_exit(NOT_A_CONTAINER + 5);
	_exit(container->what(container->arg));
}

/* What @what returns inside of such a container; not waited for. */
static pid_t start(const struct container *container)
{
	struct container copy = *container;
	pid_t pid;

	pid = synos_fork();
	if (!pid)
		_exit(run(&copy));
	return pid;
}

#define START(what_, arg_)						\
	({								\
		struct container container_ = {				\
			.user_namespace = variant->user_namespace,	\
			.uid = self->uid,				\
			.what = what_,					\
			.arg = arg_,					\
		};							\
		start(&container_);					\
	})

#define RUN(what_, arg_)	synos_reap(START(what_, arg_))

/* -- what they see -------------------------------------------------------- */

static char text[SYNOS_EVENTS_BUF];

static int see_state(void *arg)
{
	if (synos_read_file(PROC "consciousness", text, sizeof(text)) <= 0)
		return 1;
	if (!strstr(text, "Awareness Level: 81\n") ||
	    !strstr(text, "Context: outside\n") ||
	    !strstr(text, "Daemon: registered\n"))
		return 2;
	return 0;
}

TEST_F(container, sees_the_state)
{
	struct synos_consciousness_state state = synos_state(81, 2, "outside");

	ASSERT_EQ(0, synos_update_state(self->daemon.fd, &state, sizeof(state),
					0));
	EXPECT_EQ(0, RUN(see_state, NULL));
}

static int see_counters(void *arg)
{
	struct synos_telemetry *outside = arg, inside = synos_counters();

	if (memcmp(&inside, outside, sizeof(inside)))
		return 1;
	if (synos_read_file(PROC "telemetry", text, sizeof(text)) <= 0 ||
	    synos_read_file(PROC "version", text, sizeof(text)) <= 0)
		return 2;
	return 0;
}

TEST_F(container, sees_the_counters)
{
	struct synos_telemetry outside = synos_counters();

	EXPECT_EQ(0, RUN(see_counters, &outside));
}

/* -- what they cannot do -------------------------------------------------- */

static int see_events(void *arg)
{
	return open(PROC "events", O_RDONLY) < 0 ? errno : 0;
}

TEST_F(container, does_not_see_the_events)
{
	int err = RUN(see_events, NULL);

	/* Who owns the file gets further, and no nearer. */
	EXPECT_EQ(variant->of_somebody ? EACCES : EPERM, err);
}

static int do_register(void *arg)
{
	return synos_register() < 0 ? errno : 0;
}

TEST_F(container, cannot_register)
{
	EXPECT_EQ(EPERM, RUN(do_register, NULL));
	/* Nor if it could be. */
	synos_daemon_stop(&self->daemon);
	EXPECT_EQ(EPERM, RUN(do_register, NULL));
}

static int find_family(void *arg)
{
	struct synos_nl nl;

	return synos_nl_open(&nl) ? errno : 0;
}

TEST_F(container, does_not_find_the_family)
{
	EXPECT_EQ(ENOENT, RUN(find_family, NULL));
}

/* With a socket from before it got its own network. */
static int use_socket(void *arg)
{
	struct synos_daemon *daemon = arg;
	struct synos_nl_event event;
	struct synos_nl copy = daemon->nl;

	copy.first = NULL;
	copy.last = &copy.first;
	if (!synos_nl_join(&copy, daemon->fd) || errno != EPERM)
		return 1;
	if (!synos_nl_filter(&copy, 1, 1) || errno != EPERM)
		return 2;
	if (synos_nl_dump(&copy, 0) ||
	    synos_nl_dump_next(&copy, &event) != -1 || errno != EPERM)
		return 3;
	if (!synos_nl_subscribe(&copy) || errno != EPERM)
		return 4;
	return 0;
}

TEST_F(container, cannot_use_a_socket_from_outside)
{
	EXPECT_EQ(0, RUN(use_socket, &self->daemon));
}

static int set_sysctl(void *arg)
{
	static const char *const names[] = {
		"min_severity", "event_types", "unprivileged_rate", "ring_size",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!synos_set_sysctl(names[i], 16) ||
		    (errno != EPERM && errno != EACCES))
			return 1 + i;
	return 0;
}

TEST_F(container, cannot_set_limits)
{
	struct synos_sysctls before, after;

	ASSERT_EQ(0, synos_save_sysctls(&before));
	EXPECT_EQ(0, RUN(set_sysctl, NULL));
	ASSERT_EQ(0, synos_save_sysctls(&after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_EQ(0, synos_restore_sysctls(&before));
}

static int write_files(void *arg)
{
	static const char *const names[] = {
		PROC "consciousness", PROC "events", PROC "telemetry",
		PROC "version",
	};
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fd = open(names[i], O_WRONLY);
		if (fd >= 0 && write(fd, "0\n", 2) >= 0)
			return 1 + i;
	}
	return 0;
}

TEST_F(container, cannot_write)
{
	EXPECT_EQ(0, RUN(write_files, NULL));
}

/* -- what they can, as anybody can ---------------------------------------- */

/* Root of other tests may have logged all that there may be of it a second. */
static int do_log(void *arg)
{
	uint64_t end = synos_now() + 5000000000ULL;
	struct timespec tick = { .tv_nsec = 5000000 };

	while (synos_log(SYNOS_EVENT_NETWORK, arg)) {
		if (errno != EAGAIN || synos_now() > end)
			return errno;
		nanosleep(&tick, NULL);
	}
	return 0;
}

TEST_F(container, may_log)
{
	struct synos_line line;

	EXPECT_EQ(0, RUN(do_log, "from a container"));
	ASSERT_LT(0, synos_read_file(PROC "events", text, sizeof(text)));
	ASSERT_EQ(0, synos_find_event(text, "from a container", &line));
	EXPECT_EQ(self->uid, line.uid);
	/* Not the one that it is inside. */
	EXPECT_LT(1, line.pid);
}

static int log_too_many(void *arg)
{
	int i;

	for (i = 0; i < 1000; i++)
		if (synos_log(SYNOS_EVENT_NETWORK, "too many"))
			return errno;
	return 0;
}

TEST_F(container, may_not_log_too_much)
{
	EXPECT_EQ(EAGAIN, RUN(log_too_many, NULL));
}

static int do_ask(void *arg)
{
	struct synos_recommendation rec = synos_question("who are we?");

	rec.deadline = synos_now() + 10000000000ULL;
	if (synos_query_recommendation(&rec, sizeof(rec), 0))
		return errno;
	return strcmp(rec.response, "contained") ? 199 : 0;
}

TEST_F(container, may_ask)
{
	struct synos_nl_query query;
	pid_t pid;

	pid = START(do_ask, NULL);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, synos_nl_next_query(&self->daemon.nl, &query,
					 SYNOS_NL_PATIENCE));
	EXPECT_EQ(self->uid, query.uid);
	EXPECT_LT(1, query.pid);
	EXPECT_EQ(0, synos_nl_answer(&self->daemon.nl, query.id, "contained",
				     50));
	EXPECT_EQ(0, synos_reap(pid));
}

/* What was registered outside, and is given to it, it may use. */
static int do_update(void *arg)
{
	struct synos_consciousness_state state = synos_state(1, 2, "inside");
	int *fd = arg;

	return synos_update_state(*fd, &state, sizeof(state), 0) ? errno : 0;
}

TEST_F(container, may_update_what_it_is_given)
{
	EXPECT_EQ(0, RUN(do_update, &self->daemon.fd));
	ASSERT_LT(0, synos_read_file(PROC "consciousness", text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "Context: inside\n"));
}

/*
 * The daemon may be contained itself, if what it takes was done before.  It sees
 * those who ask as what they are in there.
 */
static int be_daemon(void *arg)
{
	struct synos_daemon *daemon = arg;
	struct synos_nl_query query;

	if (synos_nl_next_query(&daemon->nl, &query, SYNOS_NL_PATIENCE))
		return 1;
	if (synos_nl_answer(&daemon->nl, query.id, "contained", 50))
		return 2;
	return 0;
}

TEST_F(container, may_answer_if_it_is_the_daemon)
{
	pid_t pid, asker;

	asker = synos_fork();
	ASSERT_LE(0, asker);
	if (!asker)
		_exit(do_ask(NULL));
	pid = START(be_daemon, &self->daemon);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, synos_reap(pid));
	EXPECT_EQ(0, synos_reap(asker));
}

TEST_HARNESS_MAIN
