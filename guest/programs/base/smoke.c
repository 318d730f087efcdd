// SPDX-License-Identifier: GPL-2.0-only
/* The smallest program that shows a guest to be alive: memory, files, a child. */
#include <fcntl.h>
#include <sys/syscall.h>
#include "kselftest_harness.h"

TEST(getpid_agrees_with_proc)
{
	char self[32] = "";

	ASSERT_LT(0, readlink("/proc/self", self, sizeof(self) - 1));
	EXPECT_EQ(getpid(), atoi(self));
}

TEST(file_written_is_read_back)
{
	char back[6] = "";
	int fd = open("/tmp/smoke", O_CREAT | O_TRUNC | O_RDWR, 0600);

	ASSERT_LE(0, fd);
	ASSERT_EQ(5, write(fd, "hello", 5));
	ASSERT_EQ(5, pread(fd, back, 5, 0));
	EXPECT_STREQ("hello", back);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, unlink("/tmp/smoke"));
}

TEST(unused_number_answers_enosys)
{
	EXPECT_EQ(-1, syscall(1023));
	EXPECT_EQ(ENOSYS, errno);
}

TEST_HARNESS_MAIN
