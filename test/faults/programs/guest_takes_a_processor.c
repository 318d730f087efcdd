// SPDX-License-Identifier: GPL-2.0-only
/* Takes a processor out of service: the next program runs on one. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/sys/devices/system/cpu/cpu1/online", "0");
}
