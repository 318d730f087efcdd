// SPDX-License-Identifier: GPL-2.0-only
/*
 * ai_control() has number 553 on x86-64 and no number for other callers, and
 * its structures are as large as they are said to be.
 */
#include "llamux.h"
#include "kselftest_harness.h"

#define X32	0x40000000L

TEST(number)
{
	EXPECT_EQ(553, __NR_ai_control);
	/* There, and it refuses this. */
	EXPECT_ERR(EINVAL, syscall(553, -1L, -1L, -1L, -1L, -1L, -1L));
}

TEST(sizes)
{
	EXPECT_EQ(528, sizeof(struct llamux_command));
	EXPECT_EQ(528, LLAMUX_COMMAND_SIZE_VER0);
	EXPECT_EQ(1056, sizeof(struct llamux_response));
	EXPECT_EQ(1056, LLAMUX_RESPONSE_SIZE_VER0);
}

TEST(offsets)
{
	EXPECT_EQ(512, offsetof(struct llamux_command, deadline));
	EXPECT_EQ(520, offsetof(struct llamux_command, max_tokens));
	EXPECT_EQ(524, offsetof(struct llamux_command, reserved));
	EXPECT_EQ(1024, offsetof(struct llamux_response, length));
	EXPECT_EQ(1028, offsetof(struct llamux_response, confidence));
	EXPECT_EQ(1032, offsetof(struct llamux_response, flags));
	EXPECT_EQ(1036, offsetof(struct llamux_response, prompt_tokens));
	EXPECT_EQ(1040, offsetof(struct llamux_response, answer_tokens));
	EXPECT_EQ(1044, offsetof(struct llamux_response, reserved));
	EXPECT_EQ(1048, offsetof(struct llamux_response, duration));
}

TEST(not_by_x32)
{
	/* It is there, or refusing would mean nothing. */
	ASSERT_EQ(getpid(), syscall(X32 | SYS_getpid));
	EXPECT_ERR(llamux_no_such_call(),
		   syscall(X32 | 553, -1L, -1L, -1L, -1L, -1L));
}

static long int80(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80" : "=a" (ret) :
		     "0" (nr), "b" (a), "c" (b), "d" (c) :
		     "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

TEST(not_by_int80)
{
	pid_t pid;

	/* Without IA32 emulation the instruction itself is a fault. */
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(int80(20, 0, 0, 0) != getpid());	/* getpid() */
	ASSERT_EQ(0, llamux_reap(pid));

	EXPECT_EQ(-llamux_no_such_call(), int80(553, -1, -1, -1));
}

TEST_HARNESS_MAIN
