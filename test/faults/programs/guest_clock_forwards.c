// SPDX-License-Identifier: GPL-2.0-only
/* Sets the clock a year forwards: whoever measures by it is wrong by a year. */
#include <time.h>
#include "../fault.h"

static struct timespec now;

int main(void)
{
	all_is_well();
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += 365 * 24 * 60 * 60;
	return clock_settime(CLOCK_REALTIME, &now) != 0;
}
