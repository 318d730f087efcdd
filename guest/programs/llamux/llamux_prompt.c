// SPDX-License-Identifier: GPL-2.0-only
/* kbt: config=CONFIG_LLAMUX timeout=120 */
/*
 * /proc/llamux/prompt: each open file is a conversation, the answer of which
 * comes in pieces to those who read it.
 */
#include "llamux.h"
#include "libllamux.h"
#include "llamux_model.h"
#include "kselftest_harness.h"

#include <poll.h>

#define MODEL	"/tmp/llamux_prompt.gguf"
#define CONTEXT	"/sys/module/llamux/parameters/max_context"

FIXTURE(prompt)
{
	int fd;
	char context[32];
};

FIXTURE_SETUP(prompt)
{
	struct model_shape shape = model_small;

	/* Answers end where there is no more room. */
	shape.context = 256;
	llamux_unload_model("small");
	ASSERT_EQ(0, model_write(&shape, MODEL));
	ASSERT_EQ(0, llamux_load_model(MODEL, "small", NULL, 0));
	snprintf(self->context, sizeof(self->context), "%ld",
		 llamux_read_number(CONTEXT));
	self->fd = open(LLAMUX_PROC "prompt", O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN_PARENT(prompt)
{
	llamux_write_file(CONTEXT, self->context);
	llamux_unload_model("small");
	unlink(MODEL);
}

static int ask(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Reads @pieces of an answer; how many bytes that were. */
static ssize_t answer(int fd, char *buf, size_t size, int pieces)
{
	size_t len = 0;
	ssize_t n;

	while (pieces-- && len < size - 1) {
		n = read(fd, buf + len, size - 1 - len);
		if (n < 0)
			return -1;
		if (!n)
			break;
		len += n;
	}
	buf[len] = '\0';
	return len;
}

static int ready(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&poller, 1, 0) < 0 ? -1 : poller.revents;
}

TEST_F(prompt, streams)
{
	char one[64], all[512];

	ASSERT_EQ(0, ask(self->fd, "show me the memory\n"));
	ASSERT_LT(0, answer(self->fd, one, sizeof(one), 1));
	ASSERT_EQ(0, ask(self->fd, "show me the memory\n"));
	ASSERT_LT(0, answer(self->fd, all, sizeof(all), 16));
	EXPECT_LT(strlen(one), strlen(all));
}

/* A byte at a time or as much as there is, it is the same. */
TEST_F(prompt, in_any_pieces)
{
	char whole[64] = {}, bytes[64] = {};
	size_t len;
	int fd;

	ASSERT_EQ(0, ask(self->fd, "free memory"));
	for (len = 0; len < 24; len++)
		ASSERT_EQ(1, read(self->fd, bytes + len, 1));

	fd = open(LLAMUX_PROC "prompt", O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ask(fd, "free memory"));
	for (len = 0; len < 24;) {
		ssize_t n = read(fd, whole + len, 24 - len);

		ASSERT_LT(0, n);
		len += n;
	}
	EXPECT_STREQ(whole, bytes);
}

TEST_F(prompt, nothing_was_asked)
{
	char buf[16];

	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(POLLOUT, ready(self->fd));
	EXPECT_ERR(EINVAL, write(self->fd, "\n", 1));
	EXPECT_ERR(EINVAL, write(self->fd, "", 0));
	EXPECT_EQ(POLLOUT, ready(self->fd));
}

TEST_F(prompt, poll)
{
	char buf[8192];

	ASSERT_EQ(0, ask(self->fd, "disk"));
	EXPECT_EQ(POLLIN | POLLOUT, ready(self->fd));
	ASSERT_LT(0, answer(self->fd, buf, sizeof(buf), 1));
	EXPECT_EQ(POLLIN | POLLOUT, ready(self->fd));
}

/* What was said before counts, and what another file said does not. */
TEST_F(prompt, conversations)
{
	char first[256], second[256], other[256];
	int fd = open(LLAMUX_PROC "prompt", O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ask(self->fd, "show me the memory"));
	ASSERT_LT(0, answer(self->fd, first, sizeof(first), 12));
	ASSERT_EQ(0, ask(self->fd, "of the disk"));
	ASSERT_LT(0, answer(self->fd, second, sizeof(second), 12));

	ASSERT_EQ(0, ask(fd, "of the disk"));
	ASSERT_LT(0, answer(fd, other, sizeof(other), 12));
	EXPECT_NE(0, strcmp(second, other));
}

/* The oldest is forgotten, and it goes on. */
TEST_F(prompt, context_slides)
{
	char buf[4096];
	int i;

	for (i = 0; i < 12; i++) {
		ASSERT_EQ(0, ask(self->fd, "show me the free memory of the disk"));
		ASSERT_LT(0, answer(self->fd, buf, sizeof(buf), 40));
	}
	/* An answer may be longer than all that is remembered. */
	ASSERT_LT(0, answer(self->fd, buf, sizeof(buf), 400));
}

TEST_F(prompt, sizes)
{
	char text[16385];

	memset(text, 'x', sizeof(text));
	EXPECT_ERR(E2BIG, write(self->fd, text, 16385));
	/* More tokens than are remembered. */
	EXPECT_ERR(E2BIG, write(self->fd, text, 1000));
	EXPECT_EQ(100, write(self->fd, text, 100));
	EXPECT_ERR(EFAULT,
		   write(self->fd, llamux_at_the_edge(NULL, 16, 16), 16));
	EXPECT_ERR(EFAULT,
		   read(self->fd, llamux_at_the_edge(NULL, 16, 16), 16));
	EXPECT_ERR(ESPIPE, pread(self->fd, text, 1, 1));
}

/* What a read could not deliver is not lost. */
TEST_F(prompt, not_readable_for_once)
{
	char first[64], again[64];
	int fd = open(LLAMUX_PROC "prompt", O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ask(fd, "free"));
	ASSERT_LT(0, answer(fd, first, sizeof(first), 1));

	ASSERT_EQ(0, ask(self->fd, "free"));
	EXPECT_ERR(EFAULT,
		   read(self->fd, llamux_at_the_edge(NULL, 16, 16), 16));
	ASSERT_LT(0, answer(self->fd, again, sizeof(again), 1));
	EXPECT_STREQ(first, again);
}

TEST_F(prompt, without_a_model)
{
	char buf[64];
	int fd = open(LLAMUX_PROC "prompt", O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ask(self->fd, "memory"));
	ASSERT_EQ(0, llamux_unload_model("small"));
	EXPECT_ERR(ENODEV, write(fd, "memory", 6));
	/* Who talks to it already goes on. */
	EXPECT_LT(0, answer(self->fd, buf, sizeof(buf), 4));
	EXPECT_EQ(0, ask(self->fd, "disk"));
}

/* An open file counts, whoever has it, and until nobody has. */
TEST_F(prompt, limit)
{
	int fds[32], n;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (llamux_be(1002))
			_exit(1);
		for (n = 0; n < 32; n++) {
			fds[n] = open(LLAMUX_PROC "prompt", O_RDWR);
			if (fds[n] < 0)
				break;
		}
		if (n != 16 || errno != EAGAIN)
			_exit(2);
		close(fds[3]);
		if (open(LLAMUX_PROC "prompt", O_RDWR) < 0)
			_exit(3);
		/* In a namespace of its own it is the same user. */
		if (unshare(CLONE_NEWUSER) ||
		    open(LLAMUX_PROC "prompt", O_RDWR) >= 0 || errno != EAGAIN)
			_exit(4);
		_exit(0);
	}
	EXPECT_EQ(0, llamux_reap(pid));
}

/* Two who read one answer share its pieces. */
TEST_F(prompt, two_readers)
{
	char buf[4096];
	pid_t pid;

	ASSERT_EQ(0, ask(self->fd, "show me the memory"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(answer(self->fd, buf, sizeof(buf), 50) <= 0);
	EXPECT_LT(0, answer(self->fd, buf, sizeof(buf), 50));
	EXPECT_EQ(0, llamux_reap(pid));
}

TEST_F(prompt, killed)
{
	char buf[65536];
	pid_t pid;
	int i;

	for (i = 0; i < 4; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			int fd = open(LLAMUX_PROC "prompt", O_RDWR);

			if (fd < 0 || ask(fd, "show me the memory"))
				_exit(1);
			for (;;)
				answer(fd, buf, sizeof(buf), 1000);
		}
		usleep(20000);
		kill(pid, SIGKILL);
		EXPECT_EQ(128 + SIGKILL, llamux_reap(pid));
	}
}

TEST_HARNESS_MAIN
