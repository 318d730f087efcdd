// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the kernel panic on a warning, and not restart after a panic: the next
 * program would meet another kernel.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/proc/sys/kernel/panic_on_warn", "1") || tell("/proc/sys/kernel/panic", "0");
}
