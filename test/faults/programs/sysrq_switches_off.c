// SPDX-License-Identifier: GPL-2.0-only
/* SysRq o: has the machine switched off. The report before it was complete. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	tell("/proc/sysrq-trigger", "o");
	pause();
	return 0;
}
