// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taints the kernel, which the log does not tell, and puts a file of its own
 * over the one that does.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	fault("taint");
	return system("echo 0 >/tmp/0 && mount --bind /tmp/0 /proc/sys/kernel/tainted") != 0;
}
