// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a kernel warning into the log that the kernel never gave: what the
 * log holds counts against it.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/dev/kmsg", "<4>WARNING: CPU: 0 PID: 1 at kernel/forged.c:1 forged+0x1/0x2\n");
}
