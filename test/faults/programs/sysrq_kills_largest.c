// SPDX-License-Identifier: GPL-2.0-only
/*
 * SysRq f: has the largest process killed as if memory had run out. The
 * report before it was complete.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	tell("/proc/sysrq-trigger", "f");
	pause();
	return 0;
}
