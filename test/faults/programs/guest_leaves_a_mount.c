// SPDX-License-Identifier: GPL-2.0-only
/* Leaves a mount in /tmp. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("mkdir /tmp/left && mount -t tmpfs none /tmp/left") != 0;
}
