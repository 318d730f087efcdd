/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of the real one as lets a program compile; nothing of it ever runs. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TEST(name) void name(void); void name(void)
#define EXPECT_EQ(a, b) (void)((a) == (b))
#define EXPECT_LT(a, b) (void)((a) < (b))
#define EXPECT_LE(a, b) (void)((a) <= (b))
#define EXPECT_NE(a, b) (void)((a) != (b))
#define EXPECT_STREQ(a, b) (void)((a) == (b))
#define ASSERT_EQ(a, b) EXPECT_EQ(a, b)
#define ASSERT_NE(a, b) EXPECT_NE(a, b)
#define ASSERT_LT(a, b) EXPECT_LT(a, b)
#define ASSERT_LE(a, b) EXPECT_LE(a, b)
#define ASSERT_LE(a, b) EXPECT_LE(a, b)
#define TEST_HARNESS_MAIN int main(void) { return 0; }
