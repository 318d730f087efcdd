// SPDX-License-Identifier: GPL-2.0-only
/* /proc/hello says what it shall, to everybody, and takes nothing. */
#include <fcntl.h>
#include <sys/stat.h>
#include "kselftest_harness.h"

TEST(says_hello)
{
	char said[32] = "";
	int fd = open("/proc/hello", O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_LT(0, read(fd, said, sizeof(said) - 1));
	EXPECT_STREQ("hello, world\n", said);
	EXPECT_EQ(0, close(fd));
}

TEST(is_for_everybody_to_read)
{
	struct stat there;

	ASSERT_EQ(0, stat("/proc/hello", &there));
	EXPECT_EQ(S_IFREG | 0444, there.st_mode);
}

TEST_HARNESS_MAIN
