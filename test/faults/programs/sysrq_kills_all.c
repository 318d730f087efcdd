// SPDX-License-Identifier: GPL-2.0-only
/*
 * SysRq i: kills every process but init, dropbear among them; init then
 * switches the machine off. The report before it was complete.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	tell("/proc/sysrq-trigger", "i");
	pause();
	return 0;
}
