// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=5 */
/*
 * Halts the machine: the VM is there, nothing in it runs any more, and
 * nothing says so.
 */
#include <sys/reboot.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	return reboot(RB_HALT_SYSTEM);
}
