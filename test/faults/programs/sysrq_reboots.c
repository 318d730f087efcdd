// SPDX-License-Identifier: GPL-2.0-only
/*
 * SysRq b: has the machine restart at once. The report before it was
 * complete.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	tell("/proc/sysrq-trigger", "b");
	pause();
	return 0;
}
