// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: who may use it, how a socket becomes the daemon's,
 * and what is refused.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/eventfd.h>

#ifndef NETLINK_LISTEN_ALL_NSID
#define NETLINK_LISTEN_ALL_NSID	8
#endif

/* -- the family ----------------------------------------------------------- */

TEST(family)
{
	const struct nlattr *attrs[SYNOS_NL_ATTRS];
	struct synos_nl_msg *msg;
	struct synos_nl nl;

	ASSERT_EQ(0, synos_nl_open(&nl));
	EXPECT_LE(GENL_MIN_ID, nl.family);
	EXPECT_NE(0, nl.group);
	msg = synos_nl_get_family(&nl);
	ASSERT_NE(NULL, msg);
	synos_nl_parse(msg, attrs);
	EXPECT_EQ(SYNOS_FAMILY_VERSION,
		  *(uint32_t *)synos_nl_data(attrs[CTRL_ATTR_VERSION]));
	free(msg);
	synos_nl_close(&nl);
}

/* Nothing is found out by it that the headers do not tell. */
TEST(family_is_no_secret)
{
	struct synos_nl nl;

	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_EQ(0, synos_nl_open(&nl));
	synos_nl_close(&nl);
}

TEST(one_group)
{
	const struct nlattr *attrs[SYNOS_NL_ATTRS], *groups;
	struct synos_nl_msg *msg;
	struct synos_nl nl;

	ASSERT_EQ(0, synos_nl_open(&nl));
	msg = synos_nl_get_family(&nl);
	ASSERT_NE(NULL, msg);
	synos_nl_parse(msg, attrs);
	groups = attrs[CTRL_ATTR_MCAST_GROUPS];
	ASSERT_NE(NULL, groups);
	/* The first is all of it. */
	EXPECT_EQ(synos_nl_len(groups),
		  ((const struct nlattr *)synos_nl_data(groups))->nla_len);
	free(msg);
	synos_nl_close(&nl);
}

/* What the kernel sends is nothing to be sent to it, and the other way round. */
TEST(commands)
{
	static const struct {
		uint8_t cmd;
		uint16_t flags;
	} none[] = {
		{ 0, 0 },
		{ SYNOS_CMD_QUERY, 0 },
		{ SYNOS_CMD_QUERY, NLM_F_DUMP },
		{ SYNOS_CMD_EVENT_NTF, 0 },
		{ SYNOS_CMD_EVENT_NTF, NLM_F_DUMP },
		{ SYNOS_CMD_EVENT_GET, 0 },
		{ SYNOS_CMD_JOIN, NLM_F_DUMP },
		{ SYNOS_CMD_ANSWER, NLM_F_DUMP },
		{ SYNOS_CMD_FILTER, NLM_F_DUMP },
		{ SYNOS_CMD_MAX + 1, 0 },
		{ 255, 0 },
	};
	struct synos_nl_msg msg;
	struct synos_nl nl;
	size_t i;

	ASSERT_EQ(0, synos_nl_open(&nl));
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		synos_nl_begin(&msg, nl.family, none[i].cmd, none[i].flags);
		EXPECT_ERR(EOPNOTSUPP, synos_nl_call(&nl, &msg));
	}
	synos_nl_close(&nl);
}

/* -- permissions ---------------------------------------------------------- */

enum whose {
	OWN,		/* opened by who uses it */
	PRIVILEGED,	/* opened by root, used by somebody else */
	UNPRIVILEGED,	/* the other way round */
};

FIXTURE(permission) {
	int fd;			/* the registration */
	struct synos_nl root;	/* a socket opened by root */
	struct synos_nl other;	/* and one that was not, for UNPRIVILEGED */
};

FIXTURE_VARIANT(permission) {
	int (*become)(void);
	enum whose whose;
};

/* Root, and in all other respects, too. */
static int be_what_we_are(void)
{
	return 0;
}

FIXTURE_VARIANT_ADD(permission, nobody) {
	.become = synos_be_nobody,
	.whose = OWN,
};

FIXTURE_VARIANT_ADD(permission, stripped) {
	.become = synos_be_stripped,
	.whose = OWN,
};

FIXTURE_VARIANT_ADD(permission, namespace_root) {
	.become = synos_be_namespace_root,
	.whose = OWN,
};

FIXTURE_VARIANT_ADD(permission, nobody_with_roots_socket) {
	.become = synos_be_nobody,
	.whose = PRIVILEGED,
};

FIXTURE_VARIANT_ADD(permission, stripped_with_roots_socket) {
	.become = synos_be_stripped,
	.whose = PRIVILEGED,
};

FIXTURE_VARIANT_ADD(permission, root_with_nobodys_socket) {
	.become = be_what_we_are,
	.whose = UNPRIVILEGED,
};

FIXTURE_SETUP(permission)
{
	int sock[2], fd;
	pid_t pid;

	self->fd = synos_register();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, synos_nl_open(&self->root));

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_nl nl;

		_exit(synos_be_nobody() || synos_nl_socket(&nl, 0) ||
		      synos_send_fd(sock[1], nl.fd));
	}
	ASSERT_EQ(0, synos_reap(pid));
	fd = synos_receive_fd(sock[0]);
	ASSERT_LE(0, fd);
	close(sock[0]);
	close(sock[1]);
	ASSERT_EQ(0, synos_nl_adopt(&self->other, fd));
	self->other.family = self->root.family;
	self->other.group = self->root.group;
}

FIXTURE_TEARDOWN(permission)
{
	synos_nl_close(&self->root);
	synos_nl_close(&self->other);
	close(self->fd);
}

struct attempt {
	int (*what)(struct synos_nl *nl, int fd);
	enum whose whose;
	struct synos_nl *root, *other;
	int fd;
};

/* Returns the error, or 0. */
static int attempt(void *arg)
{
	struct attempt *attempt = arg;
	struct synos_nl own, *nl;

	switch (attempt->whose) {
	case PRIVILEGED:
		nl = attempt->root;
		break;
	case UNPRIVILEGED:
		nl = attempt->other;
		break;
	default:
		nl = &own;
		if (synos_nl_open(nl))
			return 124;
	}
	return attempt->what(nl, attempt->fd) ? errno : 0;
}

#define ATTEMPT(what_)							\
	({								\
		struct attempt attempt_ = {				\
			.what = what_,					\
			.whose = variant->whose,			\
			.root = &self->root,				\
			.other = &self->other,				\
			.fd = self->fd,					\
		};							\
		synos_as(variant->become, attempt, &attempt_);		\
	})

static int join(struct synos_nl *nl, int fd)
{
	return synos_nl_join(nl, fd);
}

/* The descriptor is none of their business, either. */
static int join_nothing(struct synos_nl *nl, int fd)
{
	return synos_nl_join(nl, -1);
}

static int answer(struct synos_nl *nl, int fd)
{
	return synos_nl_answer(nl, 1, "not by us", 50);
}

static int filter(struct synos_nl *nl, int fd)
{
	return synos_nl_filter(nl, 1, -1);
}

static int event_get(struct synos_nl *nl, int fd)
{
	struct synos_nl_event event;
	int ret;

	if (synos_nl_dump(nl, 0))
		return -1;
	while ((ret = synos_nl_dump_next(nl, &event)) > 0)
		;
	return ret;
}

static int subscribe(struct synos_nl *nl, int fd)
{
	return synos_nl_subscribe(nl);
}

TEST_F(permission, join)
{
	EXPECT_EQ(EPERM, ATTEMPT(join));
	EXPECT_EQ(EPERM, ATTEMPT(join_nothing));
	/* And it was not done, either. */
	EXPECT_EQ(0, synos_nl_join(&self->root, self->fd));
	EXPECT_EQ(EPERM, ATTEMPT(join_nothing));
}

TEST_F(permission, answer)
{
	EXPECT_EQ(EPERM, ATTEMPT(answer));
	ASSERT_EQ(0, synos_nl_join(&self->root, self->fd));
	/* It is the socket that counts. */
	EXPECT_EQ(variant->whose == PRIVILEGED ? ENOENT : EPERM,
		  ATTEMPT(answer));
}

TEST_F(permission, filter)
{
	EXPECT_EQ(EPERM, ATTEMPT(filter));
}

TEST_F(permission, event_get)
{
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "not for everybody"));
	EXPECT_EQ(EPERM, ATTEMPT(event_get));
}

TEST_F(permission, subscribe)
{
	/* Membership is of who asks for it, as with any family. */
	EXPECT_EQ(variant->whose == UNPRIVILEGED ? 0 : EPERM,
		  ATTEMPT(subscribe));
}

static int only_the_capability(void)
{
	return synos_caps(CAP_SYS_ADMIN, 1);
}

static int all_of_it(void *arg)
{
	int *fd = arg;
	struct synos_nl nl;

	if (synos_nl_open(&nl))
		return 1;
	if (synos_nl_join(&nl, *fd))
		return 2;
	if (synos_nl_filter(&nl, 1, 1))
		return 3;
	if (synos_nl_subscribe(&nl))
		return 4;
	if (event_get(&nl, 0))
		return 5;
	return 0;
}

TEST(no_other_capability)
{
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, synos_as(only_the_capability, all_of_it, &fd));
	close(fd);
}

/* -- network namespaces --------------------------------------------------- */

TEST(unknown_in_other_network_namespaces)
{
	struct synos_nl here, there;
	struct synos_nl_msg msg;
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, synos_nl_open(&here));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	EXPECT_ERR(ENOENT, synos_nl_open(&there));

	/* Nor by the number. */
	ASSERT_EQ(0, synos_nl_socket(&there, 0));
	there.family = here.family;
	EXPECT_ERR(ENOENT, synos_nl_join(&there, fd));
	EXPECT_ERR(ENOENT, synos_nl_filter(&there, 1, -1));
	synos_nl_begin(&msg, here.family, SYNOS_CMD_EVENT_GET, NLM_F_DUMP);
	EXPECT_ERR(ENOENT, synos_nl_call(&there, &msg));

	/* While a socket from before is where it always was. */
	EXPECT_EQ(0, synos_nl_join(&here, fd));
	synos_nl_close(&here);
	synos_nl_close(&there);
	close(fd);
}

/* A group is a number, and may be joined; but nothing comes of it. */
TEST(no_events_in_other_network_namespaces)
{
	struct synos_nl here, there;
	struct synos_nl_event event;

	ASSERT_EQ(0, synos_nl_open(&here));
	ASSERT_EQ(0, synos_nl_subscribe(&here));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, synos_nl_socket(&there, 0));
	there.family = here.family;
	there.group = here.group;
	ASSERT_EQ(0, synos_nl_subscribe(&there));

	ASSERT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, "stays here"));
	ASSERT_EQ(0, synos_nl_next_event(&here, &event, SYNOS_NL_PATIENCE));
	EXPECT_STREQ("stays here", event.description);
	/* It would have been there by now. */
	EXPECT_ERR(EAGAIN, synos_nl_next_event(&there, &event, 0));
	synos_nl_close(&here);
	synos_nl_close(&there);
}

/* Gives the network namespace of a process a number in this one. */
static int number_namespace_of(pid_t pid, int32_t number)
{
	struct rtgenmsg *rtgen;
	struct synos_nl_msg msg;
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr error;
	} reply;
	uint32_t u32 = pid;
	ssize_t n;
	int fd;

	memset(&msg, 0, sizeof(msg));
	msg.nlh.nlmsg_len = NLMSG_SPACE(sizeof(*rtgen));
	msg.nlh.nlmsg_type = RTM_NEWNSID;
	msg.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	rtgen = NLMSG_DATA(&msg.nlh);
	rtgen->rtgen_family = AF_UNSPEC;
	synos_nl_put_u32(&msg, NETNSA_PID, u32);
	synos_nl_put(&msg, NETNSA_NSID, &number, sizeof(number));
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	n = send(fd, msg.buf, msg.nlh.nlmsg_len, 0);
	if (n > 0)
		n = recv(fd, &reply, sizeof(reply), 0);
	close(fd);
	if (n < (ssize_t)sizeof(reply) || reply.nlh.nlmsg_type != NLMSG_ERROR)
		return -1;
	errno = -reply.error.error;
	return errno ? -1 : 0;
}

/* A socket may listen to all namespaces that have a number; but not to this. */
TEST(no_events_for_those_who_listen_to_all)
{
	struct synos_nl_event event;
	struct synos_nl here, there;
	int on = 1, go[2];
	char byte;
	pid_t pid;

	/* Somebody who stays here, to name it by. */
	ASSERT_EQ(0, pipe(go));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) != 0);
	}
	ASSERT_EQ(0, synos_nl_open(&here));
	ASSERT_EQ(0, synos_nl_subscribe(&here));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, number_namespace_of(pid, 1));
	ASSERT_EQ(0, synos_nl_socket(&there, 0));
	there.family = here.family;
	there.group = here.group;
	ASSERT_EQ(0, setsockopt(there.fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID,
				&on, sizeof(on)));
	ASSERT_EQ(0, synos_nl_subscribe(&there));

	ASSERT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, "stays here"));
	ASSERT_EQ(0, synos_nl_next_event(&here, &event, SYNOS_NL_PATIENCE));
	EXPECT_STREQ("stays here", event.description);
	EXPECT_ERR(EAGAIN, synos_nl_next_event(&there, &event, 0));
	synos_nl_close(&here);
	synos_nl_close(&there);
	close(go[1]);
	EXPECT_EQ(0, synos_reap(pid));
}

/* -- joining -------------------------------------------------------------- */

FIXTURE(join) {
	int fd;
	struct synos_nl nl, second;
};

FIXTURE_SETUP(join)
{
	self->fd = synos_register();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, synos_nl_open(&self->nl));
	ASSERT_EQ(0, synos_nl_open(&self->second));
}

FIXTURE_TEARDOWN(join)
{
	if (self->fd >= 0)
		close(self->fd);
	synos_nl_close(&self->nl);
	synos_nl_close(&self->second);
}

/* Whether a question gets from here to there and back. */
static int works(struct synos_nl *nl)
{
	struct synos_nl_query query;
	struct synos_asker asker;

	if (synos_asker_start(&asker, "are you there?", 0))
		return 0;
	/* If it waits for ever, that is until this process ends. */
	if (synos_asker_query(&asker, nl, &query) ||
	    synos_nl_answer(nl, query.id, "I am", 90))
		return 0;
	return !synos_asker_join(&asker) && !asker.ret &&
	       !strcmp(asker.rec.response, "I am");
}

/* ... and that there is nobody to ask. */
static int nobody_there(void)
{
	struct synos_recommendation rec = synos_question("anybody there?");

	/* Not for ever, should there be. */
	rec.deadline = synos_now() + 1000000000;
	return synos_query_recommendation(&rec, sizeof(rec), 0) &&
	       errno == ENOTCONN;
}

TEST_F(join, success)
{
	EXPECT_TRUE(nobody_there());
	EXPECT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_TRUE(works(&self->nl));
}

TEST_F(join, by_a_copy_of_the_descriptor)
{
	int copy = dup(self->fd);

	ASSERT_LE(0, copy);
	EXPECT_EQ(0, synos_nl_join(&self->nl, copy));
	EXPECT_EQ(0, close(copy));
	EXPECT_TRUE(works(&self->nl));
}

TEST_F(join, ebadf)
{
	int fd;

	EXPECT_ERR(EBADF, synos_nl_join(&self->nl, -1));
	EXPECT_NE('\0', self->nl.error[0]);
	EXPECT_ERR(EBADF, synos_nl_join(&self->nl, 1000));
	EXPECT_ERR(EBADF, synos_nl_join(&self->nl, 1 << 30));
	fd = open("/proc/self/exe", O_PATH);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EBADF, synos_nl_join(&self->nl, fd));
	close(fd);
	fd = self->fd;
	self->fd = -1;
	ASSERT_EQ(0, close(fd));
	EXPECT_ERR(EBADF, synos_nl_join(&self->nl, fd));
}

TEST_F(join, einval)
{
	int fd, fds[2];

	fd = open("/dev/null", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, synos_nl_join(&self->nl, fd));
	EXPECT_NE('\0', self->nl.error[0]);
	close(fd);
	ASSERT_EQ(0, pipe(fds));
	EXPECT_ERR(EINVAL, synos_nl_join(&self->nl, fds[0]));
	close(fds[0]);
	close(fds[1]);
	fd = eventfd(0, 0);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, synos_nl_join(&self->nl, fd));
	close(fd);
	fd = open("/proc/synos/consciousness", O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, synos_nl_join(&self->nl, fd));
	close(fd);
	EXPECT_ERR(EINVAL, synos_nl_join(&self->nl, self->nl.fd));
	EXPECT_TRUE(nobody_there());
}

TEST_F(join, ebusy)
{
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_ERR(EBUSY, synos_nl_join(&self->second, self->fd));
	EXPECT_NE('\0', self->second.error[0]);
	EXPECT_ERR(EBUSY, synos_nl_join(&self->nl, self->fd));
	EXPECT_NE('\0', self->nl.error[0]);
	EXPECT_TRUE(works(&self->nl));
	/* The one that was refused is nothing to the registration. */
	synos_nl_close(&self->second);
	EXPECT_TRUE(works(&self->nl));
}

/* Whoever is refused has a file, too, for a moment. */
TEST_F(join, refused_registration)
{
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_ERR(EBUSY, synos_register());
	EXPECT_TRUE(works(&self->nl));
}

TEST_F(join, again_once_the_socket_is_closed)
{
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	synos_nl_close(&self->nl);
	EXPECT_TRUE(nobody_there());
	EXPECT_EQ(0, synos_nl_join(&self->second, self->fd));
	EXPECT_TRUE(works(&self->second));
}

TEST_F(join, undone_with_the_registration)
{
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	ASSERT_TRUE(works(&self->nl));
	close(self->fd);
	EXPECT_ERR(EPERM, synos_nl_answer(&self->nl, 1, "too late", 1));
	self->fd = synos_register();
	ASSERT_LE(0, self->fd);

	/* Nothing of the old one is left to the new one. */
	EXPECT_TRUE(nobody_there());
	EXPECT_ERR(EPERM, synos_nl_answer(&self->nl, 1, "too late", 1));
	/* And it may be another's. */
	EXPECT_EQ(0, synos_nl_join(&self->second, self->fd));
	EXPECT_TRUE(works(&self->second));
	EXPECT_ERR(EBUSY, synos_nl_join(&self->nl, self->fd));
}

TEST_F(join, the_next_registration)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
		ASSERT_TRUE(works(&self->nl));
		close(self->fd);
		self->fd = synos_register();
		ASSERT_LE(0, self->fd);
	}
}

TEST_F(join, copies_of_the_descriptor_keep_it)
{
	int copy = dup(self->fd);

	ASSERT_LE(0, copy);
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	close(self->fd);
	self->fd = copy;
	EXPECT_TRUE(works(&self->nl));
}

TEST_F(join, copies_of_the_socket_keep_it)
{
	int copy = dup(self->nl.fd);
	struct synos_nl again;

	ASSERT_LE(0, copy);
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	again = self->nl;
	close(self->nl.fd);
	self->nl.fd = -1;
	again.fd = copy;
	again.last = &again.first;
	EXPECT_ERR(EBUSY, synos_nl_join(&self->second, self->fd));
	EXPECT_TRUE(works(&again));
	synos_nl_close(&again);
	EXPECT_EQ(0, synos_nl_join(&self->second, self->fd));
}

/* The socket is what counts, not who has it: a daemon can drop what it was. */
TEST_F(join, no_capability_needed_afterwards)
{
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_TRUE(works(&self->nl));
	EXPECT_EQ(EPERM, event_get(&self->nl, 0) ? errno : 0);
	EXPECT_ERR(EPERM, synos_nl_filter(&self->nl, 1, -1));
}

TEST_F(join, killed_daemon)
{
	int ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	close(self->fd);
	self->fd = -1;
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_daemon daemon;

		if (synos_daemon_start(&daemon) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	close(ready[0]);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(128, synos_reap(pid));
	self->fd = synos_register();
	ASSERT_LE(0, self->fd);
	EXPECT_TRUE(nobody_there());
	EXPECT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_TRUE(works(&self->nl));
}

/* What the daemon was in is none of the kernel's any more once it is gone. */
static int join_and_close(void *arg)
{
	struct synos_daemon daemon;

	if (synos_daemon_start(&daemon))
		return 1;
	if (*(int *)arg)
		synos_nl_close(&daemon.nl);
	else
		close(daemon.fd);
	synos_nl_close(&daemon.nl);
	return 0;
}

TEST_F(join, pid_namespace_let_go)
{
	int i, first, ret = 0;
	char before[32];

	close(self->fd);
	self->fd = -1;
	if (synos_limit_pid_namespaces("16", before))
		SKIP(return, "no limit of PID namespaces to be seen by");
	for (i = 0; i < 40 && !ret; i++) {
		first = i % 2;
		ret = synos_in_pid_namespace(join_and_close, &first);
	}
	EXPECT_EQ(0, ret) {
		TH_LOG("at number %d", i);
	}
	EXPECT_EQ(0, synos_limit_pid_namespaces(before, NULL));
}

/* The state is still that of the descriptor. */
TEST_F(join, update_goes_on)
{
	struct synos_consciousness_state state = synos_state(61, 62, "joined");
	char text[512];

	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	ASSERT_EQ(0, synos_update_state(self->fd, &state, sizeof(state), 0));
	synos_nl_close(&self->nl);
	/* Closing the socket leaves it alone. */
	ASSERT_LT(0, synos_read_file("/proc/synos/consciousness", text,
				     sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "Awareness Level: 61\n"));
	EXPECT_NE(NULL, strstr(text, "Daemon: registered\n"));
}

/* -- whose question and whose answer it is -------------------------------- */

TEST_F(join, answers_of_others_do_not_count)
{
	struct synos_nl_query query;
	struct synos_asker asker;

	/* Whether there is such a question or not. */
	EXPECT_ERR(EPERM, synos_nl_answer(&self->second, 1, "forged", 100));
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	ASSERT_EQ(0, synos_asker_start(&asker, "whose word is it?", 0));
	ASSERT_EQ(0, synos_nl_next_query(&self->nl, &query, SYNOS_NL_PATIENCE));
	EXPECT_ERR(EPERM, synos_nl_answer(&self->second, query.id, "forged", 100));
	EXPECT_NE('\0', self->second.error[0]);
	EXPECT_ERR(EPERM, synos_nl_answer(&self->second, query.id + 1, "forged",
					  100));
	EXPECT_EQ(0, synos_nl_answer(&self->nl, query.id, "the daemon's", 1));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(0, asker.ret);
	EXPECT_STREQ("the daemon's", asker.rec.response);
	EXPECT_EQ(1, asker.rec.confidence);
}

/* Not those who listen to the events, either. */
TEST_F(join, questions_are_for_the_daemon_only)
{
	struct synos_nl_query query;

	ASSERT_EQ(0, synos_nl_subscribe(&self->second));
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_TRUE(works(&self->nl));
	EXPECT_ERR(EAGAIN, synos_nl_next_query(&self->second, &query, 0));
}

TEST_F(join, unknown_answers)
{
	struct synos_nl_query query;
	struct synos_asker asker;

	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, 0, "?", 1));
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, 1ULL << 63, "?", 1));
	EXPECT_NE('\0', self->nl.error[0]);
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, -1ULL, "?", 1));

	ASSERT_EQ(0, synos_asker_start(&asker, "once", 0));
	ASSERT_EQ(0, synos_nl_next_query(&self->nl, &query, SYNOS_NL_PATIENCE));
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, query.id + 1, "next", 1));
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, query.id - 1, "last", 1));
	/* All of the number counts. */
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, query.id | 1ULL << 32,
					   "high", 1));
	EXPECT_EQ(0, synos_nl_answer(&self->nl, query.id, "once", 1));
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, query.id, "twice", 2));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_STREQ("once", asker.rec.response);
}

TEST_F(join, late_answer)
{
	struct synos_recommendation rec = synos_question("quick");
	struct synos_nl_query query;

	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	rec.deadline = synos_now() + 20000000;
	EXPECT_ERR(ETIMEDOUT, synos_query_recommendation(&rec, sizeof(rec), 0));
	ASSERT_EQ(0, synos_nl_next_query(&self->nl, &query, 0));
	EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, query.id, "slow", 1));
	EXPECT_TRUE(works(&self->nl));
}

/* Numbers go on from one registration to the next. */
TEST_F(join, numbers_are_not_used_again)
{
	struct synos_nl_query query;
	struct synos_asker asker;
	uint64_t last = 0;
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
		ASSERT_EQ(0, synos_asker_start(&asker, "number?", 0));
		ASSERT_EQ(0, synos_nl_next_query(&self->nl, &query,
						 SYNOS_NL_PATIENCE));
		EXPECT_LT(last, query.id);
		/* What was of the one before. */
		if (last) {
			EXPECT_ERR(ENOENT, synos_nl_answer(&self->nl, last,
							   "old", 1));
		}
		last = query.id;
		close(self->fd);
		ASSERT_EQ(0, synos_asker_join(&asker));
		EXPECT_EQ(ECONNRESET, asker.err);
		self->fd = synos_register();
		ASSERT_LE(0, self->fd);
	}
}

/*
 * The number of a port is free as soon as its socket is closed.  Who takes it
 * gets neither the questions nor a say.
 */
TEST_F(join, port_number_of_the_daemon)
{
	uint32_t port = self->nl.port;
	struct synos_nl_query query;
	struct synos_asker asker;
	struct synos_nl heir;

	ASSERT_NE(0, port);
	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	EXPECT_ERR(EADDRINUSE, synos_nl_socket(&heir, port));
	ASSERT_EQ(0, synos_asker_start(&asker, "for whom?", 0));
	ASSERT_EQ(0, synos_nl_next_query(&self->nl, &query, SYNOS_NL_PATIENCE));
	synos_nl_close(&self->nl);
	ASSERT_EQ(0, synos_nl_socket(&heir, port));
	heir.family = self->second.family;

	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(ECONNRESET, asker.err);
	EXPECT_TRUE(nobody_there());
	EXPECT_ERR(EPERM, synos_nl_answer(&heir, query.id, "forged", 100));
	EXPECT_ERR(EAGAIN, synos_nl_next_query(&heir, &query, 0));
	synos_nl_close(&heir);
}

/* Only the kernel sends questions; others cannot write to the socket at all. */
TEST_F(join, questions_cannot_be_forged)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_pid = self->nl.port,
	};
	struct synos_nl_msg msg;
	struct synos_nl nl;

	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	ASSERT_EQ(0, synos_be_nobody());
	ASSERT_EQ(0, synos_nl_open(&nl));
	synos_nl_begin(&msg, nl.family, SYNOS_CMD_QUERY, 0);
	synos_nl_put_u64(&msg, SYNOS_A_QUERY_ID, 1);
	synos_nl_put_string(&msg, SYNOS_A_QUERY_TEXT, "forged");
	EXPECT_ERR(EPERM, sendto(nl.fd, msg.buf, msg.nlh.nlmsg_len, 0,
				 (struct sockaddr *)&address, sizeof(address)));
	synos_nl_close(&nl);
}

/* -- attributes ----------------------------------------------------------- */

/* A request with one attribute of @len bytes, and what comes of it. */
static int one(struct synos_nl *nl, uint8_t cmd, uint16_t type,
	       const void *data, size_t len)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, cmd, 0);
	synos_nl_put(&msg, type, data, len);
	return synos_nl_call(nl, &msg);
}

TEST_F(join, attributes)
{
	uint64_t fd = self->fd;
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, self->nl.family, SYNOS_CMD_JOIN, 0);
	EXPECT_ERR(EINVAL, synos_nl_call(&self->nl, &msg));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_JOIN, SYNOS_A_DAEMON_FD,
			       &fd, 0));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_JOIN, SYNOS_A_DAEMON_FD,
			       &fd, 1));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_JOIN, SYNOS_A_DAEMON_FD,
			       &fd, 8));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_JOIN, 0, &fd, 4));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_JOIN,
			       SYNOS_A_DAEMON_MAX + 1, &fd, 4));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_JOIN,
			       SYNOS_A_DAEMON_FD | NLA_F_NESTED, &fd, 4));

	/* One too many. */
	synos_nl_begin(&msg, self->nl.family, SYNOS_CMD_JOIN, 0);
	synos_nl_put_u32(&msg, SYNOS_A_DAEMON_FD, fd);
	synos_nl_put_u32(&msg, SYNOS_A_DAEMON_MAX + 1, 0);
	EXPECT_ERR(EINVAL, synos_nl_call(&self->nl, &msg));
	EXPECT_NE('\0', self->nl.error[0]);

	EXPECT_TRUE(nobody_there());
	EXPECT_EQ(0, synos_nl_join(&self->nl, self->fd));
}

/* With bit n unset, attribute n is left out. */
static int answer_with(struct synos_nl *nl, uint64_t id, unsigned int which)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_ANSWER, 0);
	if (which & 1 << SYNOS_A_ANSWER_ID)
		synos_nl_put_u64(&msg, SYNOS_A_ANSWER_ID, id);
	if (which & 1 << SYNOS_A_ANSWER_TEXT)
		synos_nl_put_string(&msg, SYNOS_A_ANSWER_TEXT, "text");
	if (which & 1 << SYNOS_A_ANSWER_CONFIDENCE)
		synos_nl_put_u32(&msg, SYNOS_A_ANSWER_CONFIDENCE, 50);
	return synos_nl_call(nl, &msg);
}

/* Returns the error of an answer of that text, of @len bytes as they are. */
static int answer_text(struct synos_nl *nl, uint64_t id, const void *text,
		       size_t len, uint32_t confidence)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_ANSWER, 0);
	synos_nl_put_u64(&msg, SYNOS_A_ANSWER_ID, id);
	synos_nl_put(&msg, SYNOS_A_ANSWER_TEXT, text, len);
	synos_nl_put_u32(&msg, SYNOS_A_ANSWER_CONFIDENCE, confidence);
	return synos_nl_call(nl, &msg) ? errno : 0;
}

TEST_F(join, attributes_of_an_answer)
{
	const unsigned int all = 1 << SYNOS_A_ANSWER_ID |
				 1 << SYNOS_A_ANSWER_TEXT |
				 1 << SYNOS_A_ANSWER_CONFIDENCE;
	struct synos_nl_query query;
	struct synos_asker asker;
	char text[2000] = {};
	uint32_t id;
	int i, err;

	ASSERT_EQ(0, synos_nl_join(&self->nl, self->fd));
	ASSERT_EQ(0, synos_asker_start(&asker, "well formed?", 0));
	ASSERT_EQ(0, synos_nl_next_query(&self->nl, &query, SYNOS_NL_PATIENCE));

	for (i = SYNOS_A_ANSWER_ID; i <= SYNOS_A_ANSWER_CONFIDENCE; i++)
		EXPECT_ERR(EINVAL, answer_with(&self->nl, query.id,
					       all & ~(1 << i)));
	EXPECT_ERR(EINVAL, answer_with(&self->nl, query.id, 0));

	EXPECT_EQ(ERANGE, answer_text(&self->nl, query.id, "x", 2, 101));
	EXPECT_EQ(ERANGE, answer_text(&self->nl, query.id, "x", 2, -1u));
	/* Without its end, or too far from it. */
	EXPECT_EQ(EINVAL, answer_text(&self->nl, query.id, "x", 1, 50));
	EXPECT_EQ(EINVAL, answer_text(&self->nl, query.id, "", 0, 50));
	memset(text, 'x', 1024);
	err = answer_text(&self->nl, query.id, text, 1025, 50);
	EXPECT_TRUE(err == EINVAL || err == ERANGE);
	err = answer_text(&self->nl, query.id, text, 1024, 50);
	EXPECT_TRUE(err == EINVAL || err == ERANGE);
	memset(text, 'x', sizeof(text) - 1);
	err = answer_text(&self->nl, query.id, text, sizeof(text), 50);
	EXPECT_TRUE(err == EINVAL || err == ERANGE);
	id = query.id;
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_ANSWER, SYNOS_A_ANSWER_ID,
			       &id, sizeof(id)));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_ANSWER,
			       SYNOS_A_ANSWER_MAX + 1, &id, sizeof(id)));

	/* None of that was an answer. */
	EXPECT_FALSE(synos_asker_done(&asker));
	EXPECT_EQ(0, answer_with(&self->nl, query.id, all));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(0, asker.ret);
	EXPECT_STREQ("text", asker.rec.response);
}

TEST_F(join, attributes_of_a_filter)
{
	uint64_t zero = 0;

	EXPECT_ERR(ERANGE, synos_nl_filter(&self->nl, 11, -1));
	EXPECT_NE('\0', self->nl.error[0]);
	EXPECT_ERR(ERANGE, synos_nl_filter(&self->nl, 1 << 30, -1));
	EXPECT_ERR(EINVAL, synos_nl_filter(&self->nl, -1, 1 << 4));
	EXPECT_ERR(EINVAL, synos_nl_filter(&self->nl, -1, 0x1f));
	EXPECT_ERR(EINVAL, synos_nl_filter(&self->nl, -1, 1 << 30));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_FILTER,
			       SYNOS_A_FILTER_MIN_SEVERITY, &zero, 8));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_FILTER,
			       SYNOS_A_FILTER_TYPES, &zero, 2));
	EXPECT_ERR(EINVAL, one(&self->nl, SYNOS_CMD_FILTER,
			       SYNOS_A_FILTER_MAX + 1, &zero, 4));
	EXPECT_EQ(0, synos_nl_filter(&self->nl, 10, 0xf));
	EXPECT_EQ(0, synos_nl_filter(&self->nl, 0, 0));
	EXPECT_EQ(0, synos_nl_filter(&self->nl, -1, -1));
}

/* The error of a dump, which comes as what ends it. */
static int dump_with(struct synos_nl *nl, uint16_t type, size_t len)
{
	struct synos_nl_event event;
	struct synos_nl_msg msg;
	uint64_t zero = 0;
	int ret;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_EVENT_GET, NLM_F_DUMP);
	synos_nl_put(&msg, type, &zero, len);
	if (synos_nl_send(nl, &msg))
		return -1;
	while ((ret = synos_nl_dump_next(nl, &event)) > 0)
		;
	return ret ? errno : 0;
}

TEST_F(join, attributes_of_a_dump)
{
	EXPECT_EQ(EINVAL, dump_with(&self->nl, SYNOS_A_EVENT_SEQ, 4));
	EXPECT_EQ(EINVAL, dump_with(&self->nl, SYNOS_A_EVENT_SEQ, 0));
	/* There is nothing else to choose by. */
	EXPECT_EQ(EINVAL, dump_with(&self->nl, SYNOS_A_EVENT_SEVERITY, 4));
	EXPECT_EQ(EINVAL, dump_with(&self->nl, SYNOS_A_EVENT_MISSED, 8));
	EXPECT_EQ(EINVAL, dump_with(&self->nl, SYNOS_A_EVENT_MAX + 1, 8));
	EXPECT_EQ(0, dump_with(&self->nl, SYNOS_A_EVENT_SEQ, 8));
}

TEST_HARNESS_MAIN
