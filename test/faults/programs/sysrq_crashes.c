// SPDX-License-Identifier: GPL-2.0-only
/* SysRq c: has the kernel crash. The report before it was complete. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	tell("/proc/sysrq-trigger", "c");
	pause();
	return 0;
}
