// SPDX-License-Identifier: GPL-2.0-only
/* What a planted series does is asked of /proc/kbt_steps; without the series all is well. */
#include <stdio.h>
#include "kselftest_harness.h"

TEST(steps_agree)
{
	FILE *file = fopen("/proc/kbt_steps", "r");
	int step, value;

	if (!file)
		return;
	while (fscanf(file, "%d %d", &step, &value) == 2)
		EXPECT_EQ(step, value);
	fclose(file);
}

TEST_HARNESS_MAIN
