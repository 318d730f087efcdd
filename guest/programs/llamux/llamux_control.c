// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ai_control() takes, and how many of them a user can have: all of it
 * without a model, so that what is well formed is told that there is none.
 */
#include "llamux.h"
#include "kselftest_harness.h"

FIXTURE(control)
{
	struct llamux_command command;
	struct llamux_response response;
	char limit[32];
};

FIXTURE_SETUP(control)
{
	long limit = llamux_read_number(LLAMUX_LIMIT);

	ASSERT_LE(0, limit);
	snprintf(self->limit, sizeof(self->limit), "%ld", limit);
	self->command = llamux_request("show me the free memory");
	memset(&self->response, 'x', sizeof(self->response));
}

FIXTURE_TEARDOWN_PARENT(control)
{
	EXPECT_EQ(0, llamux_write_file(LLAMUX_LIMIT, self->limit));
}

TEST_F(control, nothing_to_ask)
{
	struct llamux_response before = self->response;

	EXPECT_ERR(ENODEV, llamux_ask(&self->command, &self->response));
	EXPECT_EQ(0, memcmp(&before, &self->response, sizeof(before)));
}

TEST_F(control, anyone_may_ask)
{
	ASSERT_EQ(0, llamux_be(65534));
	EXPECT_ERR(ENODEV, llamux_ask(&self->command, &self->response));
}

TEST_F(control, no_flags)
{
	int bit;

	for (bit = 0; bit < 32; bit++)
		EXPECT_ERR(EINVAL, ai_control(&self->command,
					      sizeof(self->command),
					      &self->response,
					      sizeof(self->response),
					      1u << bit));
}

TEST_F(control, values)
{
	struct llamux_command *command = &self->command;

	memset(command->text, 'x', sizeof(command->text) - 1);
	EXPECT_ERR(ENODEV, llamux_ask(command, &self->response));
	command->text[sizeof(command->text) - 1] = 'x';
	EXPECT_ERR(EINVAL, llamux_ask(command, &self->response));
	*command = llamux_request("");
	EXPECT_ERR(EINVAL, llamux_ask(command, &self->response));
	*command = llamux_request("x");
	command->reserved = 1;
	EXPECT_ERR(EINVAL, llamux_ask(command, &self->response));
	command->reserved = 0;
	command->max_tokens = -1u;
	command->deadline = -1ull;
	EXPECT_ERR(ENODEV, llamux_ask(command, &self->response));
}

TEST_F(control, sizes)
{
	struct {
		struct llamux_command command;
		char later[4096];
	} *large = calloc(1, sizeof(*large));
	size_t size = sizeof(self->command);

	ASSERT_NE(NULL, large);
	large->command = self->command;

	EXPECT_ERR(EINVAL, ai_control(&large->command, size - 1,
				      &self->response,
				      sizeof(self->response), 0));
	EXPECT_ERR(EINVAL, ai_control(&large->command, size, &self->response,
				      sizeof(self->response) - 1, 0));
	EXPECT_ERR(EINVAL, ai_control(&large->command, 0, &self->response,
				      sizeof(self->response), 0));
	EXPECT_ERR(E2BIG, ai_control(&large->command, 4097, &self->response,
				     sizeof(self->response), 0));
	EXPECT_ERR(E2BIG, ai_control(&large->command, size, &self->response,
				     4097, 0));
	EXPECT_ERR(E2BIG, ai_control(&large->command, -1ul, &self->response,
				     sizeof(self->response), 0));
	EXPECT_ERR(ENODEV, ai_control(&large->command, 4096, &self->response,
				      sizeof(self->response), 0));
	large->later[4096 - size - 1] = 1;
	EXPECT_ERR(E2BIG, ai_control(&large->command, 4096, &self->response,
				     sizeof(self->response), 0));
	free(large);
}

TEST_F(control, pointers)
{
	size_t size = sizeof(self->command);

	EXPECT_ERR(EFAULT, ai_control(NULL, size, &self->response,
				      sizeof(self->response), 0));
	EXPECT_ERR(EFAULT, ai_control((void *)-4096l, size, &self->response,
				      sizeof(self->response), 0));
	EXPECT_ERR(EFAULT,
		   ai_control(llamux_at_the_edge(&self->command, size, 1),
			      size, &self->response, sizeof(self->response),
			      0));
	EXPECT_ERR(ENODEV,
		   ai_control(llamux_at_the_edge(&self->command, size, 0),
			      size, &self->response, sizeof(self->response),
			      0));
}

/* Well formed before it is counted, counted before anybody is asked. */
TEST_F(control, limit)
{
	ASSERT_EQ(0, llamux_write_file(LLAMUX_LIMIT, "0"));
	EXPECT_ERR(EAGAIN, llamux_ask(&self->command, &self->response));
	self->command.reserved = 1;
	EXPECT_ERR(EINVAL, llamux_ask(&self->command, &self->response));
	self->command.reserved = 0;

	ASSERT_EQ(0, llamux_write_file(LLAMUX_LIMIT, "1"));
	EXPECT_ERR(ENODEV, llamux_ask(&self->command, &self->response));
	EXPECT_ERR(ENODEV, llamux_ask(&self->command, &self->response));
}

TEST_F(control, limit_is_not_for_users)
{
	ASSERT_EQ(0, llamux_be(65534));
	EXPECT_ERR(EACCES, llamux_write_file(LLAMUX_LIMIT, "1000000"));
}

/* Who makes a namespace is held to the limit outside of it. */
TEST_F(control, limit_above_a_namespace)
{
	pid_t pid;

	ASSERT_EQ(0, llamux_write_file(LLAMUX_LIMIT, "0"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (llamux_be(1000) || unshare(CLONE_NEWUSER) ||
		    llamux_write_file("/proc/self/uid_map", "0 1000 1") ||
		    geteuid())
			_exit(1);
		/* Root of the namespace may allow itself what it likes. */
		if (llamux_write_file(LLAMUX_LIMIT, "1000") ||
		    llamux_read_number(LLAMUX_LIMIT) != 1000)
			_exit(2);
		if (llamux_ask(&self->command, &self->response) != -1 ||
		    errno != EAGAIN)
			_exit(3);
		_exit(0);
	}
	EXPECT_EQ(0, llamux_reap(pid));
}

TEST_HARNESS_MAIN
