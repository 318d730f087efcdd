// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restarts the machine after a good report, which must not count as the end
 * of the run.
 */
#include <sys/reboot.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	return reboot(RB_AUTOBOOT);
}
